//! Keys told apart without reading them: looking fields up is most of what policies do, and most of what they look for
//! is not there.

/// What is seen of a key at a glance: its length and three of its letters. Keys with different tags are different.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tag(u32);

impl Tag {
    /// How many buckets there are.
    pub(crate) const BUCKETS: usize = 64;

    /// The tag of a key; at compile time for the fields of lenses.
    pub(crate) const fn of(key: &str) -> Self {
        let bytes = key.as_bytes();
        let len = bytes.len();
        if len == 0 {
            return Self(0);
        }
        Self(u32::from_le_bytes([len.to_le_bytes()[0], bytes[0], bytes[len / 2], bytes[len - 1]]))
    }

    /// Whether it is the same, at compile time.
    pub(crate) const fn is(self, other: Self) -> bool {
        self.0 == other.0
    }

    /// One of the buckets, chosen so that the fields of one kind spread over them.
    pub(crate) const fn bucket(self) -> usize {
        // The upper bits of a product depend on all bits of its factors. The other factor is one that was searched for:
        // with it no field of a Pod, its containers, probes, volumes and metadata, as thousands of real objects have
        // them, shares a bucket with another field that they could have.
        (self.0.wrapping_mul(0x22fb_6913) >> 26) as usize
    }
}

/// Whether two keys are the same. As long as keys are, comparing them takes less than a call of what compares memory.
#[inline]
pub(super) fn is_same(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    match one.len() {
        0..4 => one.iter().eq(other),
        4..8 => has_same_ends::<4>(one, other),
        8..=16 => has_same_ends::<8>(one, other),
        _ => one == other,
    }
}

/// Whether so many bytes are the same at both ends; they may overlap.
#[inline]
fn has_same_ends<const N: usize>(one: &[u8], other: &[u8]) -> bool {
    one.first_chunk::<N>() == other.first_chunk::<N>() && one.last_chunk::<N>() == other.last_chunk::<N>()
}

/// A key that is known when Seawall is compiled, with its tag.
#[derive(Clone, Copy, Debug)]
pub struct Name {
    text: &'static str,
    tag: Tag,
}

impl Name {
    /// The name of a field; in a `const`, or the tag is made again whenever it is asked for.
    pub const fn of(text: &'static str) -> Self {
        Self { text, tag: Tag::of(text) }
    }

    /// The name as the API writes it.
    pub const fn text(&self) -> &'static str {
        self.text
    }

    pub(crate) const fn tag(&self) -> Tag {
        self.tag
    }
}

/// A superset of the keys of one object, in the space of one integer: what is not in it is not in the object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Keys([u32; 2]);

impl Keys {
    /// The bucket that also says that two keys share one. Nothing is lost by that: it is asked only for what may be.
    const SHARED: u64 = 1 << (Tag::BUCKETS - 1);

    pub(super) const fn may_have(self, tag: Tag) -> bool {
        self.bits() & (1 << tag.bucket()) != 0
    }

    pub(super) const fn insert(&mut self, tag: Tag) {
        let (bits, bit) = (self.bits(), 1 << tag.bucket());
        let shared = if bits & bit == 0 { 0 } else { Self::SHARED };
        let bits = bits | bit | shared;
        // Halves, so that a node need not be aligned to eight bytes.
        self.0 = [(bits & 0xffff_ffff) as u32, (bits >> 32) as u32];
    }

    /// Whether a key may be in the object twice.
    pub(super) const fn may_repeat(self) -> bool {
        self.bits() & Self::SHARED != 0
    }

    const fn bits(self) -> u64 {
        self.0[0] as u64 | (self.0[1] as u64) << 32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_is_never_denied() {
        let keys: Vec<String> = (0..200).map(|index| format!("{index}{}", "é".repeat(index * 3))).collect();
        let mut set = Keys::default();
        for (count, key) in keys.iter().enumerate() {
            set.insert(Tag::of(key));
            assert!(keys[..=count].iter().all(|it| set.may_have(Tag::of(it))), "{key}");
        }
    }

    #[test]
    fn a_key_that_comes_twice_is_suspected() {
        for key in ["", "a", "name", "livenessProbe", "é"] {
            let mut set = Keys::default();
            set.insert(Tag::of("x"));
            set.insert(Tag::of(key));
            set.insert(Tag::of(key));
            assert!(set.may_repeat(), "{key}");
        }
    }

    #[test]
    fn keys_are_the_same_in_every_byte() {
        let key = "abcdefghijklmnopqrstuvwxyz".as_bytes();
        for len in 0..key.len() {
            let one = &key[..len];
            assert!(is_same(one, one), "{len}");
            assert!(!is_same(one, &key[..=len]), "{len}");
            for changed in 0..len {
                let mut other = one.to_owned();
                other[changed] = b'_';
                assert!(!is_same(one, &other), "{len} {changed}");
            }
        }
    }

    #[test]
    fn fields_that_a_container_could_have_are_told_from_those_that_it_has() {
        let usual = [
            "name",
            "image",
            "imagePullPolicy",
            "ports",
            "env",
            "resources",
            "volumeMounts",
            "livenessProbe",
            "readinessProbe",
            "securityContext",
            "terminationMessagePath",
            "terminationMessagePolicy",
        ];
        let mut set = Keys::default();
        for field in usual {
            set.insert(Tag::of(field));
        }
        assert!(!set.may_repeat());
        for field in
            ["lifecycle", "command", "args", "envFrom", "startupProbe", "restartPolicy", "stdin", "tty"]
        {
            assert!(!set.may_have(Tag::of(field)), "{field}");
        }
    }
}
