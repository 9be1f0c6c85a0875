//! Tokens that are told by their beginning. Their issuers make them so, for them to be found.

/// The form of a token: how it begins, what comes then, and how much of that.
struct Form {
    what: &'static str,
    start: &'static str,
    body: fn(u8) -> bool,
    /// Bytes of the body; nothing of the alphabet may follow the most.
    least: usize,
    most: usize,
}

const fn form(
    what: &'static str,
    start: &'static str,
    body: fn(u8) -> bool,
    (least, most): (usize, usize),
) -> Form {
    Form { what, start, body, least, most }
}

/// No upper bound.
const ANY: usize = usize::MAX;

const FORMS: &[Form] = &[
    form("an AWS access key", "AKIA", upper, (16, 16)),
    form("an AWS access key", "ASIA", upper, (16, 16)),
    form("a GitHub token", "ghp_", alnum, (36, 36)),
    form("a GitHub token", "gho_", alnum, (36, 36)),
    form("a GitHub token", "ghu_", alnum, (36, 36)),
    form("a GitHub token", "ghs_", alnum, (36, ANY)),
    form("a GitHub token", "ghr_", alnum, (36, ANY)),
    form("a GitHub token", "github_pat_", word, (50, ANY)),
    form("a GitLab token", "glpat-", url, (20, ANY)),
    form("a GitLab token", "gldt-", url, (20, ANY)),
    form("a GitLab token", "glrt-", url, (20, ANY)),
    form("a GitLab token", "glptt-", url, (40, ANY)),
    form("a GitLab token", "glcbt-", url, (20, ANY)),
    form("a GitLab token", "glsoat-", url, (20, ANY)),
    form("a GitLab token", "glagent-", url, (50, ANY)),
    form("a GitLab token", "GR1348941", url, (20, ANY)),
    form("a Slack token", "xoxa-", url, (10, ANY)),
    form("a Slack token", "xoxb-", url, (10, ANY)),
    form("a Slack token", "xoxe-", url, (10, ANY)),
    form("a Slack token", "xoxe.", url, (10, ANY)),
    form("a Slack token", "xoxo-", url, (10, ANY)),
    form("a Slack token", "xoxp-", url, (10, ANY)),
    form("a Slack token", "xoxr-", url, (10, ANY)),
    form("a Slack token", "xoxs-", url, (10, ANY)),
    form("a Slack token", "xapp-", url, (30, ANY)),
    form("a Google API key", "AIza", url, (35, 35)),
    form("a Google client secret", "GOCSPX-", url, (28, 28)),
    form("a Google access token", "ya29.", url, (30, ANY)),
    form("a Stripe key", "sk_live_", alnum, (16, ANY)),
    form("a Stripe key", "sk_test_", alnum, (16, ANY)),
    form("a Stripe key", "rk_live_", alnum, (16, ANY)),
    form("a Stripe key", "rk_test_", alnum, (16, ANY)),
    form("a Stripe webhook secret", "whsec_", base64, (32, ANY)),
    form("an npm token", "npm_", alnum, (36, 36)),
    form("a PyPI token", "pypi-AgE", url, (50, ANY)),
    form("a RubyGems key", "rubygems_", hex, (48, 48)),
    form("a NuGet key", "oy2", lower, (43, 43)),
    form("a Docker Hub token", "dckr_pat_", url, (27, ANY)),
    form("a Docker Hub token", "dckr_oat_", url, (27, ANY)),
    form("a HashiCorp Vault token", "hvs.", url, (24, ANY)),
    form("a HashiCorp Vault token", "hvb.", url, (24, ANY)),
    form("a HashiCorp Vault token", "hvr.", url, (24, ANY)),
    form("a DigitalOcean token", "dop_v1_", hex, (64, 64)),
    form("a DigitalOcean token", "doo_v1_", hex, (64, 64)),
    form("a DigitalOcean token", "dor_v1_", hex, (64, 64)),
    form("a SendGrid key", "SG.", dotted, (66, 66)),
    form("a Shopify token", "shpat_", hex, (32, 32)),
    form("a Shopify token", "shpca_", hex, (32, 32)),
    form("a Shopify token", "shppa_", hex, (32, 32)),
    form("a Shopify token", "shpss_", hex, (32, 32)),
    form("a Databricks token", "dapi", hex, (32, 32)),
    form("a Grafana token", "glsa_", word, (41, 41)),
    form("a Grafana token", "glc_eyJ", base64, (30, ANY)),
    form("a New Relic key", "NRAK-", upper, (27, 27)),
    form("a Hugging Face token", "hf_", alnum, (34, 34)),
    form("an OpenAI key", "sk-proj-", url, (40, ANY)),
    form("an OpenAI key", "sk-svcacct-", url, (40, ANY)),
    form("an Anthropic key", "sk-ant-", url, (40, ANY)),
    form("an Atlassian token", "ATATT3", url, (100, ANY)),
    form("a Linear key", "lin_api_", alnum, (40, 40)),
    form("a Postman key", "PMAK-", url, (59, 59)),
    form("a Pulumi token", "pul-", hex, (40, 40)),
    form("a PlanetScale password", "pscale_pw_", dotted, (32, ANY)),
    form("a PlanetScale token", "pscale_tkn_", dotted, (32, ANY)),
    form("a Doppler token", "dp.pt.", alnum, (40, ANY)),
    form("a Doppler token", "dp.st.", dotted, (40, ANY)),
    form("a Sentry token", "sntrys_eyJ", base64, (40, ANY)),
    form("a Sentry token", "sntryu_", hex, (64, 64)),
    form("a Supabase token", "sbp_", hex, (40, 40)),
    form("a Tailscale key", "tskey-", url, (20, ANY)),
    form("an age secret key", "AGE-SECRET-KEY-1", upper, (58, 58)),
    // `-----BEGIN … PRIVATE KEY` in base64: a kubeconfig has its key so.
    form("a private key", "LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0t", base64, (16, ANY)),
    form("a private key", "LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVkt", base64, (16, ANY)),
    form("a private key", "LS0tLS1CRUdJTiBFQyBQUklWQVRFIEtFWS0t", base64, (16, ANY)),
    form("a private key", "LS0tLS1CRUdJTiBPUEVOU1NIIFBSSVZBVEUgS0VZ", base64, (16, ANY)),
    form("a private key", "LS0tLS1CRUdJTiBFTkNSWVBURUQgUFJJVkFURSBLRVkt", base64, (16, ANY)),
];

/// No token that tells is shorter, in bytes.
pub(super) const SHORTEST: usize = 15;

/// How many different bytes the body of a token has at least: `ghp_xxxxxxxx` stands for one.
const VARIETY: u32 = 6;

pub(super) fn scan(text: &str, report: &mut impl FnMut(usize, &'static str)) {
    let bytes = text.as_bytes();
    // Without one of these nothing is announced: a blank behind `bearer`, or an assignment. Without a way out of it this
    // looks at many bytes at once.
    let has_marks = bytes.iter().fold(false, |has, byte| has | matches!(byte, b' ' | b':' | b'='));
    let mut before: (usize, usize) = (0, 0);
    let mut at = 0;
    while at < bytes.len() {
        if !is_word(bytes[at]) {
            at += 1;
            continue;
        }
        let length = bytes[at..].iter().take_while(|byte| is_word(**byte)).count();
        let end = at + length;
        let what = (length >= SHORTEST).then(|| known(&bytes[at..]).or_else(|| structured(&text[at..end])));
        let announced = || announced(&text[before.0..before.1], &text[before.1..at], &bytes[at..]);
        if let Some(what) = what.flatten().or_else(|| has_marks.then(announced).flatten()) {
            report(at, what);
        }
        before = (at, end);
        at = end;
    }
    if bytes.len() >= SLACK.len() + SLACK_PATH {
        webhooks(text, report);
    }
}

/// Where Slack takes messages, and how long the path behind it is at least, in bytes: whoever knows it may write.
const SLACK: &str = "hooks.slack.com/services/";
const SLACK_PATH: usize = 40;

fn webhooks(text: &str, report: &mut impl FnMut(usize, &'static str)) {
    for (at, _) in text.match_indices(SLACK) {
        let path = &text.as_bytes()[at + SLACK.len()..];
        let length = path.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'/').count();
        if length >= SLACK_PATH && is_varied(&path[..length]) {
            report(at, "a Slack webhook address");
        }
    }
}

/// For each byte that tokens begin with a bit for each that comes second: most words are done with by one look at this.
const BEGINNINGS: [u32; 256] = {
    let mut beginnings = [0; 256];
    let mut index = 0;
    while index < FORMS.len() {
        let start = FORMS[index].start.as_bytes();
        beginnings[start[0] as usize] |= bit(start[1]);
        index += 1;
    }
    beginnings
};

const fn bit(byte: u8) -> u32 {
    1 << (byte % 32)
}

/// What begins here, if it is of a known form.
fn known(text: &[u8]) -> Option<&'static str> {
    let [first, second, ..] = *text else { return None };
    if BEGINNINGS[usize::from(first)] & bit(second) == 0 {
        return None;
    }
    let has_form = |form: &&Form| {
        let Some(rest) = text.strip_prefix(form.start.as_bytes()) else { return false };
        // No more is read than it takes to tell: words overlap where an alphabet has more than they have.
        let enough = if form.most == ANY { form.least } else { form.most + 1 };
        let length = rest.iter().take(enough).take_while(|byte| (form.body)(**byte)).count();
        // The end of an exact form is no letter that its alphabet happens to lack.
        let ends = form.most == ANY || !rest.get(length).is_some_and(u8::is_ascii_alphanumeric);
        (form.least..=form.most).contains(&length) && ends && is_varied(&rest[..length])
    };
    FORMS.iter().filter(|form| form.start.as_bytes()[0] == first).find(has_form).map(|form| form.what)
}

/// What a word is whose parts tell.
fn structured(word: &str) -> Option<&'static str> {
    let has_parts = word.contains('.');
    let mut parts = word.split('.');
    let is_json = |part: Option<&str>| part.is_some_and(|it| it.len() >= 13 && it.starts_with("eyJ"));
    if has_parts && is_json(parts.next()) && is_json(parts.next()) && parts.next().is_some() {
        return Some("a JSON Web Token");
    }
    let bytes = word.as_bytes();
    if (37..=40).contains(&bytes.len()) && bytes[3].is_ascii_digit() && &bytes[4..6] == b"Q~" {
        return Some("an Azure client secret");
    }
    if word.starts_with("sk-") && word.contains("T3BlbkFJ") {
        return Some("an OpenAI key");
    }
    (has_parts && word.contains(".atlasv1.")).then_some("a Terraform token")
}

/// What the word in front says that begins here.
fn announced(word: &str, between: &str, text: &[u8]) -> Option<&'static str> {
    let is_header =
        between == " " && (word.eq_ignore_ascii_case("bearer") || word.eq_ignore_ascii_case("basic"));
    let is_key = is_assignment(between) && super::name::ends_as(word, "SECRET_ACCESS_KEY");
    if !is_header && !is_key {
        return None;
    }
    let length = text.iter().take(LONGEST).take_while(|byte| base64(**byte)).count();
    let value = &text[..length];
    if is_key {
        let has = |is: fn(&u8) -> bool| value.iter().any(is);
        let is_mixed = has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_digit);
        return (length == 40 && is_mixed && is_varied(value)).then_some("an AWS secret access key");
    }
    let is_random = std::str::from_utf8(value).is_ok_and(super::value::is_random);
    is_random.then_some("an authorization header")
}

/// Bytes of what a header has, at most.
const LONGEST: usize = 1024;

fn is_assignment(between: &str) -> bool {
    let is_part = |byte: u8| matches!(byte, b':' | b'=' | b' ' | b'"' | b'\'');
    between.len() <= 5 && between.contains([':', '=']) && between.bytes().all(is_part)
}

/// Whether this can have been drawn at random.
fn is_varied(body: &[u8]) -> bool {
    let seen = body.iter().fold(0_u128, |seen, byte| seen | 1 << (byte & 127));
    seen.count_ones() >= VARIETY
}

fn is_word(byte: u8) -> bool {
    WORD[usize::from(byte)]
}

const WORD: [bool; 256] = {
    let mut word = [false; 256];
    let mut byte = 0_u8;
    while byte.is_ascii() {
        word[byte as usize] = byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'~');
        byte += 1;
    }
    word
};

fn alnum(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

fn upper(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit()
}

fn lower(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

fn hex(byte: u8) -> bool {
    byte.is_ascii_hexdigit()
}

fn word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn url(byte: u8) -> bool {
    word(byte) || byte == b'-'
}

fn dotted(byte: u8) -> bool {
    url(byte) || byte == b'.'
}

fn base64(byte: u8) -> bool {
    url(byte) || matches!(byte, b'+' | b'/' | b'=')
}
