//! The ways to hold a call.

use clap::ValueEnum;
use visavis_protocol::{DirectPolicy, Policy};

/// How the media of a room goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Topology {
    /// Everybody sends to everybody.
    Mesh,
    /// Some send to everybody, the others to the server, which forwards.
    Hybrid,
    /// Everybody sends to the server, which forwards.
    Star,
    /// Everybody sends to the server, which makes one picture and one sound of it.
    Mix,
}

impl Topology {
    pub(super) const ALL: [Self; 4] = [Self::Mesh, Self::Hybrid, Self::Star, Self::Mix];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Mesh => "mesh",
            Self::Hybrid => "hybrid",
            Self::Star => "star",
            Self::Mix => "mix",
        }
    }

    /// What a host decides to have it.
    pub(super) fn policy(self) -> Policy {
        let direct = match self {
            Self::Mesh => DirectPolicy::Only,
            Self::Hybrid => DirectPolicy::Auto,
            Self::Star | Self::Mix => DirectPolicy::Never,
        };
        Policy { direct, direct_max: Policy::DIRECT_MOST, ..Policy::default() }
    }

    /// Whether so many callers can hold a call like that. Of two each sends one copy either way: there the server moves nobody.
    pub(super) fn is_possible(self, callers: usize) -> bool {
        self != Self::Hybrid || callers > 2
    }

    /// How many pictures each of so many callers gets.
    pub(super) fn pictures(self, callers: usize) -> usize {
        if self == Self::Mix { 1 } else { callers - 1 }
    }

    /// How many of so many callers send directly; the server gets the media of the others.
    pub(super) fn direct(self, callers: usize) -> usize {
        match self {
            Self::Mesh => callers,
            Self::Hybrid => callers / 2,
            Self::Star | Self::Mix => 0,
        }
    }
}

impl std::fmt::Display for Topology {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
