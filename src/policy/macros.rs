//! The macro that turns a policy's documentation into its metadata.

/// Declares a policy: its documentation, its metadata and its type, from which its name is derived.
///
/// Fields, in this order: `code`, `since`, `severity`, `opt_in` (optional), `on`, `kinds` (optional, else those
/// of `on`), `operations` (optional, likewise), `needs` (optional: `Request` or `Facts`), `reads`
/// (optional: the kinds of other objects; with `Facts` if not the same, without where they are of use but not needed),
/// `yields_to` (optional: `["CODE" in Reach]`), `equivalents`, `references` (optional).
macro_rules! policy {
    (
        $(#[doc = $doc:literal])*
        $visibility:vis $name:ident = {
            code: $code:literal,
            since: $since:literal,
            severity: $severity:ident,
            $(opt_in: $opt_in:literal,)?
            on: $on:ident,
            $(kinds: $kinds:expr,)?
            $(operations: [$($operation:ident),+ $(,)?],)?
            $(needs: $needs:ident,)?
            $(reads: $reads:expr,)?
            $(yields_to: [$($other:literal in $reach:ident),+ $(,)?],)?
            equivalents: [$($equivalent:literal),* $(,)?],
            $(references: [$($reference:literal),* $(,)?],)?
        }
    ) => {
        $(#[doc = $doc])*
        $visibility struct $name;

        impl $crate::policy::Described for $name {
            type On = $on<'static>;

            const META: $crate::policy::Meta = $crate::policy::Meta {
                code: $code,
                number: const { $crate::policy::Number::of($code) },
                name: const {
                    const NAME: &$crate::policy::Kebab = &$crate::policy::Kebab::of(stringify!($name));
                    NAME.as_str()
                },
                theme: $crate::policy::Theme::of_code($code),
                since: $since,
                severity: $crate::policy::Severity::$severity,
                opt_in: $crate::policy::policy!(@or $($opt_in)?, false),
                kinds: $crate::policy::policy!(
                    @or $($kinds)?, <$on<'static> as $crate::policy::Target>::KINDS
                ),
                operations: $crate::policy::policy!(
                    @or $(&[$($crate::policy::Operation::$operation),+])?,
                    <$on<'static> as $crate::policy::Target>::OPERATIONS
                ),
                needs: $crate::policy::policy!(
                    @or $($crate::policy::Needs::$needs)?, $crate::policy::Needs::Object
                ),
                reads: $crate::policy::policy!(@or $($reads)?, const {
                    const ITS_OWN: &[&$crate::object::kinds::Kind] = $crate::policy::policy!(
                        @or $($kinds)?, <$on<'static> as $crate::policy::Target>::KINDS
                    );
                    $crate::policy::policy!(
                        @or $($crate::policy::Needs::$needs)?, $crate::policy::Needs::Object
                    )
                    .reads(ITS_OWN)
                }),
                yields_to: $crate::policy::policy!(
                    @or $(&[$($crate::policy::Yield {
                        code: $other,
                        number: const { $crate::policy::Number::of($other) },
                        within: $crate::policy::Reach::$reach,
                    }),+])?, &[]
                ),
                equivalents: &[$($equivalent),*],
                references: $crate::policy::policy!(@or $(&[$($reference),*])?, &[]),
                text: concat!($($doc, "\n"),*),
                fix: const { $crate::policy::first_paragraph_of_fix(concat!($($doc, "\n"),*)) },
                file: file!(),
                line: line!(),
            };
        }
    };
    (@or $value:expr, $default:expr) => { $value };
    (@or , $default:expr) => { $default };
}

pub(crate) use policy;
