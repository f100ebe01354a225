//! A walk over the bytes of a file, element by element, which knows of EBML no more than it needs.

/// An element, and where its content is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Element<'a> {
    pub(crate) id: u32,
    /// From the beginning of the file.
    pub(crate) start: usize,
    pub(crate) content_start: usize,
    pub(crate) content: &'a [u8],
    pub(crate) has_size: bool,
}

impl<'a> Element<'a> {
    pub(crate) fn children(&self) -> Vec<Element<'a>> {
        elements(self.content, self.content_start)
    }

    pub(crate) fn child(&self, id: u32) -> Element<'a> {
        let mut found = self.children().into_iter().filter(|child| child.id == id);
        found.next().unwrap_or_else(|| panic!("no {id:x} in {:x}", self.id))
    }

    pub(crate) fn uint(&self) -> u64 {
        self.content.iter().fold(0, |value, byte| value << 8 | u64::from(*byte))
    }
}

/// The elements one after the other that fill these bytes exactly; one of unknown size has the rest.
pub(crate) fn elements(bytes: &[u8], start: usize) -> Vec<Element<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let id_length = bytes[at].leading_zeros() as usize + 1;
        let id = bytes[at..at + id_length].iter().fold(0, |id, byte| id << 8 | u32::from(*byte));
        let size_at = at + id_length;
        let size_length = bytes[size_at].leading_zeros() as usize + 1;
        let coded =
            bytes[size_at..size_at + size_length].iter().fold(0, |size, byte| size << 8 | u64::from(*byte));
        let ones = (1 << (7 * size_length)) - 1;
        let has_size = coded & ones != ones;
        let content = size_at + size_length;
        let end = if has_size { content + usize::try_from(coded & ones).unwrap() } else { bytes.len() };
        found.push(Element {
            id,
            start: start + at,
            content_start: start + content,
            content: &bytes[content..end],
            has_size,
        });
        at = end;
    }
    found
}

/// A block, with its time in milliseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Block<'a> {
    pub(crate) track: u8,
    pub(crate) at: u64,
    pub(crate) is_key_frame: bool,
    pub(crate) data: &'a [u8],
}

/// The blocks of a cluster.
pub(crate) fn blocks<'a>(cluster: &Element<'a>) -> Vec<Block<'a>> {
    let start = cluster.child(0xe7).uint();
    let blocks = cluster.children().into_iter().filter(|element| element.id == 0xa3);
    let block = |element: Element<'a>| {
        let [track, high, low, flags, ref data @ ..] = *element.content else { panic!("{element:?}") };
        let at = start.checked_add_signed(i16::from_be_bytes([high, low]).into()).unwrap();
        Block { track: track & 0x7f, at, is_key_frame: flags & 0x80 != 0, data }
    };
    blocks.map(block).collect()
}
