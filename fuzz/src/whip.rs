//! What publishers and viewers send by HTTP. How they are refused is the server's; here something else stands in for it, so
//! that the server as a whole need not be here.

#[allow(dead_code, reason = "made for the server")]
#[path = "../../crates/server/src/whip/fragment.rs"]
mod fragment;
#[allow(dead_code, reason = "made for the server")]
#[path = "../../crates/server/src/whip/offer.rs"]
mod offer;
pub(crate) mod target;

mod refusal {
    use std::borrow::Cow;

    /// What a request is refused with.
    #[derive(Debug, PartialEq, Eq)]
    pub(super) struct Refusal(Cow<'static, str>);

    impl Refusal {
        pub(super) fn bad(sentence: impl Into<Cow<'static, str>>) -> Self {
            Self(sentence.into())
        }
    }
}
