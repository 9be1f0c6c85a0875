//! Following the files: a new pair is served from the next handshake on, a bad one changes nothing.
//!
//! The files are polled. Watching them is no better: a mounted Secret is swapped by renaming a symbolic link
//! beside them, which a watch on the file itself sees once and then never again.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::{CertificateError, CertificateStore, TlsFiles};
use crate::metrics::Metrics;

/// What a look at the files found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    Nothing,
    Unreadable,
    Contents([u8; 32]),
}

/// Keeps a [`CertificateStore`] at what the files say.
pub struct Reloader {
    files: TlsFiles,
    store: Arc<CertificateStore>,
    metrics: Metrics,
    /// The contents that were last judged, good or bad.
    judged: Seen,
    /// Contents seen once. They are judged when the next poll sees the same, so that neither a file that is
    /// being written nor a certificate of one pair with the key of another is taken for a bad pair.
    candidate: Seen,
    trouble: Option<String>,
}

/// How things stand with the certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateStatus {
    /// When the certificate being served stops being valid.
    pub expires: Timestamp,
    /// Whether it has.
    pub expired: bool,
    /// Why the files are not what is being served, if they are not.
    pub trouble: Option<String>,
}

impl Reloader {
    /// Loads the files for the first time; here a bad pair is an error.
    pub fn start(files: TlsFiles, now: Timestamp, metrics: Metrics) -> Result<Self, CertificateError> {
        let contents = files.read()?;
        let store = Arc::new(CertificateStore::new(files.verify(&contents, now)?)?);
        metrics.certificate_expiry.set(store.expires().as_second());
        let judged = Seen::Contents(contents.fingerprint());
        Ok(Self { files, store, metrics, judged, candidate: Seen::Nothing, trouble: None })
    }

    /// The store that is kept up to date.
    pub fn store(&self) -> Arc<CertificateStore> {
        Arc::clone(&self.store)
    }

    /// Follows the files for ever, and tells `report` after each look how things stand.
    pub async fn follow(
        mut self,
        every: Duration,
        clock: impl Fn() -> Timestamp + Send,
        mut report: impl FnMut(&CertificateStatus) + Send,
    ) {
        loop {
            tokio::time::sleep(every).await;
            report(&self.poll(clock()));
        }
    }

    /// Looks at the files once.
    pub fn poll(&mut self, now: Timestamp) -> CertificateStatus {
        let contents = self.files.read();
        let seen = contents.as_ref().map_or(Seen::Unreadable, |it| Seen::Contents(it.fingerprint()));
        let settled = std::mem::replace(&mut self.candidate, seen) == seen;
        let news = seen != self.judged;
        // What was bad is looked at again: a certificate that was not valid yet becomes so by itself.
        if settled && (news || self.trouble.is_some()) {
            self.judged = seen;
            let material = contents.and_then(|contents| self.files.verify(&contents, now));
            let taken = material.and_then(|material| self.store.replace(material));
            self.note(taken, news);
        }
        let expires = self.store.expires();
        CertificateStatus { expires, expired: now >= expires, trouble: self.trouble.clone() }
    }

    /// Notes how a pair fared; a failure is logged and counted only when it is news.
    fn note(&mut self, taken: Result<(), CertificateError>, news: bool) {
        let expires = self.store.expires();
        match taken {
            Ok(()) => {
                tracing::info!(certificate.expires = %expires, "serving a new certificate");
                self.metrics.certificate_reloads.with_label_values(&["success"]).inc();
                self.metrics.certificate_expiry.set(expires.as_second());
                self.trouble = None;
            }
            Err(error) => {
                if news {
                    tracing::error!(%error, "cannot take the new certificate; still serving the old one");
                    self.metrics.certificate_reloads.with_label_values(&["failure"]).inc();
                }
                self.trouble = Some(error.to_string());
            }
        }
    }
}

impl std::fmt::Debug for Reloader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reloader")
            .field("files", &self.files)
            .field("trouble", &self.trouble)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certificates::dev::{DevCertificate, self_signed};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    const NOW: i64 = 1_800_000_000;
    const DAY: i64 = 24 * 60 * 60;

    fn made(second: i64) -> DevCertificate {
        self_signed(["seawall.seawall.svc"], at(second)).unwrap()
    }

    struct Mounted {
        dir: tempfile::TempDir,
    }

    impl Mounted {
        fn new(certificate: &DevCertificate) -> Self {
            let mounted = Self { dir: tempfile::tempdir().unwrap() };
            mounted.write(&certificate.certificate_pem, &certificate.key_pem.0);
            mounted
        }

        fn write(&self, certificate: &str, key: &str) {
            std::fs::write(self.dir.path().join("tls.crt"), certificate).unwrap();
            std::fs::write(self.dir.path().join("tls.key"), key).unwrap();
        }

        fn files(&self) -> TlsFiles {
            let path = |name| self.dir.path().join(name);
            TlsFiles { certificate: path("tls.crt"), key: path("tls.key"), client_ca: None }
        }

        fn start(&self) -> Result<Reloader, CertificateError> {
            Reloader::start(self.files(), at(NOW), Metrics::default())
        }

        /// The message of starting, without the directory.
        fn refusal(&self) -> String {
            let message = self.start().unwrap_err().to_string();
            message.replace(&format!("{}/", self.dir.path().display()), "")
        }
    }

    #[test]
    fn a_bad_pair_at_start_is_named_with_its_flag() {
        let good = made(NOW);
        let cert = &good.certificate_pem;
        let key = &good.key_pem.0;
        let old = made(NOW - 40 * DAY);
        let future = made(NOW + 2 * DAY);
        for (certificate, key, message) in [
            ("", key.as_str(), "tls.crt (--tls-cert) holds no certificate"),
            (key, key, "tls.crt (--tls-cert) holds no certificate"),
            (cert, "", "tls.key (--tls-key) holds no private key"),
            (cert, cert, "tls.key (--tls-key) holds no private key"),
            (
                &cert.replace("-----END", "-----FIN"),
                key,
                "tls.crt (--tls-cert) is not valid PEM: an END line is missing",
            ),
            (cert, &key[..key.len() - 30], "tls.key (--tls-key) is not valid PEM: an END line is missing"),
            (
                cert,
                &made(NOW).key_pem.0,
                "the private key in tls.key (--tls-key) does not belong to the certificate in tls.crt (--tls-cert)",
            ),
            (
                &old.certificate_pem,
                &old.key_pem.0,
                "the certificate in tls.crt (--tls-cert) expired at 2027-01-05T08:00:00Z",
            ),
            (
                &future.certificate_pem,
                &future.key_pem.0,
                "the certificate in tls.crt (--tls-cert) is not valid before 2027-01-17T07:00:00Z",
            ),
        ] {
            let mounted = Mounted::new(&good);
            mounted.write(certificate, key);
            assert_eq!(mounted.refusal(), message);
        }
    }

    #[test]
    fn a_missing_or_huge_file_is_named_with_its_flag() {
        let mounted = Mounted::new(&made(NOW));
        std::fs::remove_file(mounted.dir.path().join("tls.key")).unwrap();
        assert!(mounted.refusal().starts_with("cannot read tls.key (--tls-key): "), "{}", mounted.refusal());
        mounted.write(&"x".repeat(1024 * 1024 + 1), "");
        assert!(
            mounted.refusal().starts_with("tls.crt (--tls-cert) is larger than "),
            "{}",
            mounted.refusal()
        );
    }

    #[test]
    fn a_new_pair_is_taken_when_it_has_settled() {
        let mounted = Mounted::new(&made(NOW));
        let mut reloader = mounted.start().unwrap();
        let before = reloader.store().expires();
        let new = made(NOW + 600);
        mounted.write(&new.certificate_pem, &new.key_pem.0);
        assert_eq!(reloader.poll(at(NOW)).expires, before, "seen once is not settled");
        let status = reloader.poll(at(NOW));
        assert_eq!(
            status,
            CertificateStatus { expires: new.identity.expires(), expired: false, trouble: None }
        );
        assert_eq!(reloader.metrics.certificate_reloads.with_label_values(&["success"]).get(), 1);
        assert_eq!(reloader.metrics.certificate_expiry.get(), new.identity.expires().as_second());
    }

    #[test]
    fn a_bad_pair_keeps_the_old_one_and_is_counted_once() {
        let good = made(NOW);
        let mounted = Mounted::new(&good);
        let mut reloader = mounted.start().unwrap();
        mounted.write(&made(NOW).certificate_pem, &good.key_pem.0);
        let statuses: Vec<_> = (0..5).map(|_| reloader.poll(at(NOW))).collect();
        assert_eq!(statuses[0].trouble, None);
        assert!(statuses[4].trouble.as_deref().unwrap().contains("does not belong"), "{statuses:?}");
        assert_eq!(statuses[4].expires, good.identity.expires());
        assert_eq!(reloader.metrics.certificate_reloads.with_label_values(&["failure"]).get(), 1);

        std::fs::remove_file(mounted.dir.path().join("tls.crt")).unwrap();
        reloader.poll(at(NOW));
        assert!(reloader.poll(at(NOW)).trouble.unwrap().starts_with("cannot read"));
        mounted.write(&good.certificate_pem, &good.key_pem.0);
        reloader.poll(at(NOW));
        assert_eq!(reloader.poll(at(NOW)).trouble, None);
    }

    #[test]
    fn a_pair_that_was_not_valid_yet_is_taken_once_it_is() {
        let mounted = Mounted::new(&made(NOW));
        let mut reloader = mounted.start().unwrap();
        let future = made(NOW + 2 * DAY);
        mounted.write(&future.certificate_pem, &future.key_pem.0);
        reloader.poll(at(NOW));
        assert!(reloader.poll(at(NOW)).trouble.unwrap().contains("is not valid before"));
        let status = reloader.poll(at(NOW + 2 * DAY));
        assert_eq!((status.expires, status.trouble), (future.identity.expires(), None));
    }

    #[test]
    fn the_swap_of_a_mounted_secret_is_followed() {
        let dir = tempfile::tempdir().unwrap();
        let publish = |name: &str, certificate: &DevCertificate| {
            let target = dir.path().join(name);
            std::fs::create_dir(&target).unwrap();
            std::fs::write(target.join("tls.crt"), &certificate.certificate_pem).unwrap();
            std::fs::write(target.join("tls.key"), &certificate.key_pem.0).unwrap();
            std::os::unix::fs::symlink(name, dir.path().join("..data_tmp")).unwrap();
            std::fs::rename(dir.path().join("..data_tmp"), dir.path().join("..data")).unwrap();
        };
        publish("..2027_01", &made(NOW));
        for file in ["tls.crt", "tls.key"] {
            std::os::unix::fs::symlink(format!("..data/{file}"), dir.path().join(file)).unwrap();
        }
        let path = |name| dir.path().join(name);
        let files = TlsFiles { certificate: path("tls.crt"), key: path("tls.key"), client_ca: None };
        let mut reloader = Reloader::start(files, at(NOW), Metrics::default()).unwrap();
        for n in 2..5 {
            let new = made(NOW + n * 600);
            publish(&format!("..2027_0{n}"), &new);
            reloader.poll(at(NOW));
            assert_eq!(reloader.poll(at(NOW)).expires, new.identity.expires());
        }
    }

    #[test]
    fn a_certificate_that_runs_out_while_served_is_said_to_have_expired() {
        let good = made(NOW);
        let mut reloader = Mounted::new(&good).start().unwrap();
        assert!(!reloader.poll(at(NOW)).expired);
        assert!(reloader.poll(good.identity.expires()).expired);
    }
}
