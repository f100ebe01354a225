//! Finishing a recording that nobody finished: the process was killed, or the machine lost its power.

use std::io::{self, ErrorKind, Read, Seek, SeekFrom};

use super::cluster::{CLUSTER_HEAD, MAX_CLUSTER};
use super::cues::Cues;
use super::ebml::{self, id};
use super::header::{DURATION_BYTES, DURATION_IN_INFO, INFO_POSITION, Layout, MAX_TRACKS_BYTES};
use super::writer::conclude;
use super::{Extent, Finish, MAX_DURATION, MAX_LATENESS, MAX_TRACKS, Patch};

/// Why a file is not repaired.
#[derive(Debug, thiserror::Error)]
pub enum RepairError {
    /// It cannot be read.
    #[error("the recording cannot be read: {0}")]
    Io(#[from] io::Error),
    /// It does not begin with what a [`Writer`](super::Writer) begins with, all of it.
    #[error("the file is not a recording of this program, or ends within its header")]
    Foreign,
}

/// No frame ends with so many zeros. File systems that lost power may leave a file with more of them at its end.
const ZEROS: u64 = 512;
/// Bytes from the beginning of a cluster to the end of the head of its first block, at most.
const FIRST_BYTES: usize = 48;

/// Reads a recording and says how to finish it, just as [`Writer::finish`](super::Writer::finish) does. None: it is finished,
/// to the byte.
///
/// What stays is everything up to the last frame that is complete, of what [`Writer`](super::Writer) wrote; what follows goes,
/// whatever it is. That is less than two seconds of a file that just ends. Where it is much, the disk has damaged the beginning
/// of a cluster, and who carries this out may want to keep a copy.
///
/// Of most clusters only the beginning is read: a recording of a day takes half a second if the system has the file in memory,
/// and a few small reads of the disk for each of its 90,000 clusters if not. Memory is that of a [`Writer`](super::Writer).
///
/// # Errors
///
/// When the file cannot be read, or does not begin like a recording. Nothing is to be done to it then.
pub fn repair<F: Read + Seek>(file: &mut F) -> Result<Option<Finish>, RepairError> {
    let mut source = Source::new(file)?;
    let header = source.header()?.ok_or(RepairError::Foreign)?;
    if header.size == Some(source.length - header.layout.segment) {
        return Ok(None);
    }
    source.ignore_zeros()?;

    let mut cues = Cues::new();
    let mut at = header.clusters;
    let mut last = None;
    while let Some(cluster) = source.cluster(at, &header)? {
        let may_change = header.has_video() && !cues.are_for_video();
        if (may_change || cues.want(cluster.time))
            && let Some(time) = source.cue(&cluster, &header, &mut cues)?
        {
            cues.add(time, at - header.layout.segment);
        }
        at = cluster.end;
        last = Some(cluster);
    }

    let mut finish = Finish { length: header.clusters, ..Finish::default() };
    let mut extent = Extent::new(header.are_video.len());
    if let Some(cluster) = last {
        finish.length = source.measure(&cluster, &header, &mut extent)?;
        if finish.length != cluster.end {
            let content = finish.length - cluster.start - CLUSTER_HEAD as u64;
            let size = ebml::size_in_four(u32::try_from(content).unwrap_or_default());
            finish.patches.push(Patch { offset: cluster.start + 4, bytes: size.to_vec() });
        }
    }
    Ok(Some(conclude(header.layout, &cues, extent.end, finish)))
}

/// What the beginning of a file says.
struct Header {
    layout: Layout,
    /// Of the segment, if it says one.
    size: Option<u64>,
    /// For each track, by its index.
    are_video: Vec<bool>,
    /// Where they begin, in the file.
    clusters: u64,
}

impl Header {
    fn has_video(&self) -> bool {
        self.are_video.contains(&true)
    }
}

/// A cluster that has one complete block at least.
struct Cluster {
    start: u64,
    /// Where its first block begins.
    blocks: u64,
    /// Where it should end; the file may end before.
    end: u64,
    time: u64,
}

/// A block that is complete.
struct Block {
    track: usize,
    time: u64,
    is_key_frame: bool,
    end: u64,
}

struct Source<'a, F> {
    file: &'a mut F,
    length: u64,
}

impl<'a, F: Read + Seek> Source<'a, F> {
    fn new(file: &'a mut F) -> io::Result<Self> {
        let length = file.seek(SeekFrom::End(0))?;
        Ok(Self { file, length })
    }

    /// What there is at a place: less than there is room for at the end of the file only.
    fn read<'b>(&mut self, at: u64, room: &'b mut [u8]) -> io::Result<&'b [u8]> {
        let there = usize::try_from(self.length.saturating_sub(at)).unwrap_or(usize::MAX);
        let room = room.get_mut(..there.min(room.len())).unwrap_or_default();
        let mut count = 0;
        self.file.seek(SeekFrom::Start(at))?;
        while let Some(rest) = room.get_mut(count..).filter(|rest| !rest.is_empty()) {
            match self.file.read(rest) {
                Ok(0) => break,
                Ok(more) => count += more,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(room.get(..count).unwrap_or_default())
    }

    /// From here on the file ends before the zeros that it ends with, if they are many.
    fn ignore_zeros(&mut self) -> io::Result<()> {
        let mut room = [0; 4096];
        let mut end = self.length;
        while end > 0 {
            let start = end.saturating_sub(room.len() as u64);
            let size = usize::try_from(end - start).unwrap_or_default();
            let bytes = self.read(start, room.get_mut(..size).unwrap_or_default())?;
            let last = bytes.iter().rposition(|byte| *byte != 0);
            end = last.map_or(start, |last| start + last as u64 + 1);
            if last.is_some() {
                break;
            }
        }
        if self.length - end >= ZEROS {
            self.length = end;
        }
        Ok(())
    }

    /// None: this is not one of ours.
    fn header(&mut self) -> io::Result<Option<Header>> {
        let mut room = [0; 256];
        let bytes = self.read(0, &mut room)?;
        let Some((layout, size, tracks)) = parse_beginning(bytes) else { return Ok(None) };
        let mut room = vec![0; tracks.length];
        let entries = self.read(tracks.start, &mut room)?;
        if entries.len() < tracks.length {
            return Ok(None);
        }
        let are_video = parse_tracks(entries);
        let clusters = tracks.start + tracks.length as u64;
        Ok(are_video.map(|are_video| Header { layout, size, are_video, clusters }))
    }

    /// The cluster that begins at a place, if there is one with a block.
    fn cluster(&mut self, start: u64, header: &Header) -> io::Result<Option<Cluster>> {
        let mut room = [0; FIRST_BYTES];
        let bytes = self.read(start, &mut room)?;
        let Some(cluster) = parse_cluster(bytes, start) else { return Ok(None) };
        Ok(self.block(&cluster, cluster.blocks, header)?.map(|_| cluster))
    }

    /// The block of a cluster that begins at a place, if there is one and it is complete.
    fn block(&mut self, cluster: &Cluster, start: u64, header: &Header) -> io::Result<Option<Block>> {
        let mut room = [0; 16];
        let bytes = self.read(start, &mut room)?;
        let block = parse_block(bytes, start, cluster.time);
        let end = cluster.end.min(self.length);
        Ok(block.filter(|block| block.end <= end && block.track < header.are_video.len()))
    }

    /// The time of the first frame of the track that cues are for, if decoding can begin with it.
    fn cue(&mut self, cluster: &Cluster, header: &Header, cues: &mut Cues) -> io::Result<Option<u64>> {
        let is_video = |track| header.are_video.get(track).copied().unwrap_or_default();
        let mut found: Option<Block> = None;
        let mut at = cluster.blocks;
        while let Some(block) = self.block(cluster, at, header)? {
            at = block.end;
            cues.follow(block.track, is_video(block.track));
            if found.as_ref().map(|found| found.track) != cues.track() && cues.track() == Some(block.track) {
                found = Some(block);
            }
            // Where only sound was found, pictures may follow.
            if found.is_some() && (cues.are_for_video() || !header.has_video()) {
                break;
            }
        }
        Ok(found.filter(|block| block.is_key_frame).map(|block| block.time))
    }

    /// Where the last complete block of a cluster ends.
    fn measure(&mut self, cluster: &Cluster, header: &Header, extent: &mut Extent) -> io::Result<u64> {
        let mut at = cluster.blocks;
        while let Some(block) = self.block(cluster, at, header)? {
            extent.add(block.track, block.time);
            at = block.end;
        }
        Ok(at)
    }
}

/// Some bytes of a file.
struct Span {
    start: u64,
    length: usize,
}

/// Where things are, the size of the segment, and the content of the tracks.
fn parse_beginning(bytes: &[u8]) -> Option<(Layout, Option<u64>, Span)> {
    let (first, _, rest) = ebml::split(bytes)?;
    let segment = ebml::head(rest).filter(|segment| first == id::EBML && segment.id == id::SEGMENT)?;
    let start = bytes.len() - rest.len() + segment.length;
    // Its size is the one that is replaced: of eight bytes.
    let content = bytes.get(start..).filter(|_| segment.length == 12)?;
    let (seek_head, ..) = ebml::split(content)?;
    let info_position = usize::try_from(INFO_POSITION).ok()?;
    let (info, info_content, rest) = ebml::split(content.get(info_position..)?)?;
    let (duration, _, after) = ebml::split(info_content)?;
    let is_ours = seek_head == id::SEEK_HEAD
        && info == id::INFO
        && content.len() - rest.len() - info_content.len() - info_position == DURATION_IN_INFO as usize
        && (duration == id::DURATION || duration == id::VOID)
        && info_content.len() - after.len() == DURATION_BYTES;
    let tracks = ebml::head(rest).filter(|tracks| is_ours && tracks.id == id::TRACKS)?;
    let length = usize::try_from(tracks.size?).ok().filter(|length| *length <= MAX_TRACKS_BYTES)?;
    let position = content.len() - rest.len();
    let layout = Layout { segment: start as u64, tracks: position as u64 };
    Some((layout, segment.size, Span { start: (start + position + tracks.length) as u64, length }))
}

/// For each track whether it is video. They are numbered from 1 on.
fn parse_tracks(mut entries: &[u8]) -> Option<Vec<bool>> {
    let mut are_video = Vec::new();
    while !entries.is_empty() {
        let (entry, mut content, rest) = ebml::split(entries)?;
        let mut kind = None;
        while kind.is_none() {
            let (element, value, rest) = ebml::split(content)?;
            kind = (element == id::TRACK_TYPE).then(|| ebml::uint(value)).flatten();
            content = rest;
        }
        are_video.push(kind == Some(1));
        entries = rest;
        if entry != id::TRACK_ENTRY || are_video.len() > MAX_TRACKS {
            return None;
        }
    }
    Some(are_video).filter(|tracks| !tracks.is_empty())
}

/// The beginning of a cluster, at a place of the file.
fn parse_cluster(bytes: &[u8], start: u64) -> Option<Cluster> {
    let head = ebml::head(bytes).filter(|head| head.id == id::CLUSTER && head.length == CLUSTER_HEAD)?;
    let size = head.size.filter(|size| *size <= MAX_CLUSTER as u64)?;
    let (timestamp, time, rest) = ebml::split(bytes.get(CLUSTER_HEAD..)?)?;
    let time = ebml::uint(time).filter(|_| timestamp == id::TIMESTAMP)?;
    let blocks = start + (bytes.len() - rest.len()) as u64;
    let end = start + CLUSTER_HEAD as u64 + size;
    (u128::from(time) <= MAX_DURATION.as_millis()).then_some(Cluster { start, blocks, end, time })
}

/// The beginning of a block, at a place of the file.
fn parse_block(bytes: &[u8], start: u64, cluster_time: u64) -> Option<Block> {
    let head = ebml::head(bytes).filter(|head| head.id == id::SIMPLE_BLOCK)?;
    let [track, high, low, flags, ..] = *bytes.get(head.length..)? else { return None };
    let size = head.size.filter(|size| *size > 4 && *size <= MAX_CLUSTER as u64)?;
    let offset = u64::try_from(i16::from_be_bytes([high, low])).ok()?;
    // A cluster is a second of frames that are not late.
    let is_near = u128::from(offset) <= MAX_LATENESS.as_millis() + 1000;
    (track > 0x80 && is_near && flags & !0x80 == 0).then(|| Block {
        track: usize::from(track & 0x7f) - 1,
        time: cluster_time + offset,
        is_key_frame: flags & 0x80 != 0,
        end: start + (head.length as u64) + size,
    })
}
