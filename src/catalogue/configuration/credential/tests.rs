//! What is a credential, what is none, and what reading a text costs.

use super::{find, name, value};

#[test]
fn forms_tell() {
    let key = "-----BEGIN PRIVATE KEY-----";
    for (text, expected) in [
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE", Some("a private key")),
        ("{\"private_key\": \"-----BEGIN PRIVATE KEY-----\\nMIIE\"}", Some("a private key")),
        ("-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQWG", Some("a private key")),
        (
            "client-key-data: LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQpNSUlFb3dJQkFBS0NBUUVB",
            Some("a private key"),
        ),
        ("-----BEGIN CERTIFICATE-----\nMIID", None),
        ("-----BEGIN PUBLIC KEY-----\nMIIB", None),
        ("-----BEGIN PRIVATE KEY-----\n...\n-----END", None),
        ("-----BEGIN PRIVATE KEY-----\n{{ .Values.key }}", None),
        (&format!("grep -q '{key}' file"), None),
        ("LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUQ", None),
        ("AKIAIOSFODNN7EXAMPLE", Some("an AWS access key")),
        ("AKIAXXXXXXXXXXXXXXXX", None),
        ("AKIAIOSFODNN7EXAMPLEX", None),
        (
            "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            Some("an AWS secret access key"),
        ),
        (
            "\"SecretAccessKey\": \"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\"",
            Some("an AWS secret access key"),
        ),
        ("aws_secret_access_key = AWS_SECRET_ACCESS_KEY", None),
        ("ghp_0123456789abcdefghijABCDEFGHIJ012345", Some("a GitHub token")),
        ("ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", None),
        ("ghp_0123", None),
        ("token: glpat-0123456789abcdefghij", Some("a GitLab token")),
        ("xoxb-0123456789-abcdef", Some("a Slack token")),
        ("url: https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX", None),
        (
            "https://hooks.slack.com/services/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",
            Some("a Slack webhook address"),
        ),
        ("AIzaSy0123456789abcdefghijABCDEFGHIJ012", Some("a Google API key")),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl", Some("a JSON Web Token")),
        ("eyJhbGciOiJIUzI1NiJ9", None),
        ("A1b78Q~123456789abcdefghijABCDEFGHIJ0123", None),
        ("abc8Q~0123456789abcdefghijABCDEFGHIJ012", Some("an Azure client secret")),
        ("Authorization: Bearer a1B2c3D4e5F6g7H8i9J0", Some("an authorization header")),
        ("Authorization: Bearer $TOKEN", None),
        ("basic internationalisation", None),
        ("postgres://app:hunter2@db:5432/shop", Some("a URL with a password")),
        ("redis://:hunter2@redis:6379", Some("a URL with a password")),
        ("amqp://app:%40dm1n@mq", Some("a URL with a password")),
        ("mysql://$(DB_USER):hunter2@db/shop", Some("a URL with a password")),
        ("postgres://$(USER):$(PASSWORD)@db/shop", None),
        ("postgres://app:$pass@db/shop", None),
        ("amqp://<user>:<password>@mq", None),
        ("postgres://{{ .User }}:{{ .Password }}@db", None),
        ("http://%s:%s@%s", None),
        ("https://user@example.com/path", None),
        ("https://example.com:8443/@scope/package", None),
        ("mailto: a:b@example.com", None),
        ("^https?://[^:]+:[^@]+@", None),
        ("app:hunter2@tcp(db:3306)/shop", Some("a data source name with a password")),
        ("app:${PASSWORD}@tcp(db:3306)/shop", None),
        ("Server=db;User=app;Password=hunter2;", Some("a connection string with a password")),
        (
            "DefaultEndpointsProtocol=https;AccountName=shop;AccountKey=Zm9vYmFyYmF6cXV4==;",
            Some("a connection string with a password"),
        ),
        ("host=db user=app password=hunter2", Some("a connection string with a password")),
        ("Server=db;Password=$(PASSWORD)", None),
        ("host=db user=app password={{ .password }}", None),
        ("password_encryption = md5", None),
        ("let password = read(); let user = name;", None),
        ("", None),
        ("://:@", None),
    ] {
        assert_eq!(find(text).map(|it| it.what), expected, "{text}");
    }
}

#[test]
fn the_first_is_told_by_its_line_and_all_are_counted() {
    let text = "a: 1\nb: postgres://app:hunter2@db/shop\nc: AKIAIOSFODNN7EXAMPLE\n";
    let found = find(text).unwrap();
    assert_eq!((found.what, found.line, found.count), ("a URL with a password", 2, 2));
}

#[test]
fn what_is_found_shows_nothing_of_the_text() {
    let secret = "ghp_0123456789abcdefghijABCDEFGHIJ012345";
    let shown = format!("{:?}", find(secret));
    assert!(secret.as_bytes().windows(6).all(|piece| !shown.contains(std::str::from_utf8(piece).unwrap())));
}

/// Nothing starts over from where it was: what would take minutes if it did, takes no time.
#[test]
fn hostile_texts_are_read_once() {
    for piece in [
        "://",
        "a://b:c",
        "@tcp(",
        "password=",
        "PRIVATE KEY",
        "-----BEGIN ",
        "AKIA",
        "eyJ",
        "=;",
        "a.b-",
        "Bearer ",
        "hooks.slack.com/services/",
        "\n",
        "é",
    ] {
        let _ = find(&piece.repeat(1 << 16));
    }
}

#[test]
fn names_end_as_people_write_them() {
    for (text, ending, expected) in [
        ("DB_PASSWORD", "PASSWORD", true),
        ("PGPASSWORD", "PASSWORD", true),
        ("spring.datasource.password", "PASSWORD", true),
        ("dbPwd", "_PWD", true),
        ("PWD", "_PWD", false),
        ("OLDPWD", "_PWD", false),
        ("apiKey", "API_KEY", true),
        ("api-key", "API_KEY", true),
        ("aws.secretAccessKey", "SECRET_ACCESS_KEY", true),
        ("PASSWORD_FILE", "PASSWORD", false),
        ("é", "PASSWORD", false),
        ("", "PASSWORD", false),
    ] {
        assert_eq!(name::ends_as(text, ending), expected, "{text} {ending}");
    }
}

#[test]
fn words_of_names_may_be_about_something_else() {
    for (text, expected) in [
        ("GITHUB_TOKEN", true),
        ("sessionSecret", true),
        ("VAULT_DEV_ROOT_TOKEN_ID", true),
        ("VAULT_SECRET_ID", true),
        ("TOKEN_2", true),
        ("AUTH_CLIENT_ID", false),
        ("TOKEN_EXPIRY", false),
        ("SECRETS_DIR", false),
        ("AUTH_PUBLIC_KEY", false),
        ("STRIMZI_CA_KEY_NAME", false),
        ("TOKENIZER", false),
        ("é_TOKEN_é", true),
    ] {
        assert_eq!(name::has_word(text, &name::LOOSE), expected, "{text}");
    }
}

#[test]
fn values_are_told_from_what_stands_for_them() {
    for (text, expected) in [
        ("hunter2", true),
        ("changeme", true),
        ("x", true),
        ("pa$$word", true),
        ("", false),
        ("  ", false),
        ("true", false),
        ("12", false),
        ("123456", true),
        ("$(OTHER)", false),
        ("${OTHER}", false),
        ("$OTHER", false),
        ("%OTHER%", false),
        ("__OTHER__", false),
        ("<password>", false),
        ("{{ .password }}", false),
        ("xxxxx", false),
        ("********", false),
        ("/etc/password", false),
        ("arn:aws:secretsmanager:eu-west-1:1:secret:db", false),
        ("vault:secret/data/db#password", false),
        ("ENC[AES256_GCM,data:abc]", false),
        ("projects/1/secrets/db/versions/2", false),
    ] {
        assert_eq!(value::is_literal(text), expected, "{text}");
    }
    for (text, random, made_up) in [
        ("Ple4seCh4ngeThisN0tAVerySecretV4lue", true, true),
        ("0f8fad5bd9cb469fa165708677289590", true, true),
        ("0f8fad5b-d9cb-469f-a165-708677289590", true, false),
        ("minio123", false, true),
        ("sample_root_token_id", false, false),
        ("kserve-webhook-server-cert", false, false),
        ("db-credentials-6ct58987ht", false, false),
        ("db-credentials-2024-eu-west-1", false, false),
        ("oauth2", false, false),
        ("SECRET", false, false),
        ("api.eu-west-1.example.com:8443", false, false),
    ] {
        assert_eq!((value::is_random(text), value::is_made_up(text)), (random, made_up), "{text}");
    }
}
