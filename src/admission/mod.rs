//! AdmissionReview in, AdmissionResponse out: `admission.k8s.io/v1`, with v1beta1 answered in kind.
//!
//! Nothing here decides anything: [`request`] turns a review into a subject, [`response`] turns a verdict into an
//! answer within the limits of the API server.

pub mod request;
pub mod response;

/// The versions of the AdmissionReview API that are spoken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ApiVersion {
    /// `admission.k8s.io/v1`.
    #[default]
    V1,
    /// `admission.k8s.io/v1beta1`, which API servers stopped sending with 1.22.
    V1Beta1,
}

impl ApiVersion {
    /// The text of `apiVersion`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V1 => "admission.k8s.io/v1",
            Self::V1Beta1 => "admission.k8s.io/v1beta1",
        }
    }

    /// The version with this text.
    pub fn of(text: &str) -> Option<Self> {
        [Self::V1, Self::V1Beta1].into_iter().find(|version| version.as_str() == text)
    }
}

/// What the API server does when it gets no answer: it decides which of the two paths a call came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailurePolicy {
    /// `Ignore`: what cannot be judged is let through.
    Ignore,
    /// `Fail`: what cannot be judged is refused.
    Fail,
}
