//! The fuzz target, called with its seeds, with changed ones and with any bytes; and descriptors that read back as written.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use visavis_rtp::vp8::{Descriptor, PictureId, Temporal};

#[path = "../../../fuzz/src/rtp.rs"]
mod rtp;

fn seeds() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds/rtp");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() >= 8, "{paths:?}");
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

fn descriptor() -> impl Strategy<Value = Descriptor> {
    let picture_id =
        prop_oneof![(0..0x80u8).prop_map(PictureId::Short), (0..0x8000u16).prop_map(PictureId::Long)];
    let temporal = (0..4u8, any::<bool>()).prop_map(|(layer, is_sync)| Temporal { layer, is_sync });
    let optional = (
        proptest::option::of(picture_id),
        any::<Option<u8>>(),
        proptest::option::of(temporal),
        proptest::option::of(0..32u8),
    );
    (any::<[bool; 2]>(), 0..8u8, optional).prop_map(|(flags, partition, optional)| {
        let (picture_id, tl0_pic_idx, temporal, key_idx) = optional;
        let [is_discardable, starts_partition] = flags;
        let mut descriptor = Descriptor {
            is_discardable,
            starts_partition,
            partition,
            picture_id,
            tl0_pic_idx,
            temporal,
            key_idx,
            length: 0,
        };
        descriptor.length = rtp::written(&descriptor).len();
        descriptor
    })
}

#[test]
fn every_seed_is_read_soundly() {
    for seed in seeds() {
        rtp::run(&seed);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_soundly(bytes in vec(any::<u8>(), 0..200)) {
        rtp::run(&bytes);
    }

    #[test]
    fn changed_seeds_are_read_soundly(
        seed in any::<Index>(),
        changes in vec((any::<Index>(), any::<u8>()), 1..4),
        end in any::<Index>(),
    ) {
        let mut bytes = seed.get(&seeds()).clone();
        for (at, byte) in changes {
            *at.get_mut(&mut bytes) = byte;
        }
        bytes.truncate(end.index(2 * bytes.len()));
        rtp::run(&bytes);
    }

    #[test]
    fn descriptor_of_vp8_reads_back_as_written(descriptor in descriptor(), frame in vec(any::<u8>(), 0..8)) {
        let payload = [&rtp::written(&descriptor)[..], &frame].concat();
        prop_assert_eq!(Descriptor::parse(&payload), Some(descriptor));
    }
}
