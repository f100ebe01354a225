//! What was said in a room, for those who come later.

use std::collections::VecDeque;

use visavis_protocol::{ChatMessage, Limits, ParticipantId};

/// The last lines of a room's chat, bounded in number and bytes.
#[derive(Debug, Default)]
pub(crate) struct ChatLog {
    last_id: u64,
    lines: VecDeque<ChatMessage>,
    bytes: usize,
}

impl ChatLog {
    /// Adds a line; the oldest ones make room for it.
    pub(crate) fn add(
        &mut self,
        from: &ParticipantId,
        name: &str,
        text: String,
        time: u64,
        limits: &Limits,
    ) -> ChatMessage {
        self.last_id += 1;
        let line = ChatMessage { id: self.last_id, from: from.clone(), name: name.to_owned(), text, time };
        self.bytes += line.weight();
        self.lines.push_back(line.clone());
        while self.lines.len() > limits.chat_kept || self.bytes > limits.chat_kept_bytes {
            let Some(oldest) = self.lines.pop_front() else { break };
            self.bytes -= oldest.weight();
        }
        line
    }

    /// The lines kept, oldest first.
    pub(crate) fn lines(&self) -> Vec<ChatMessage> {
        self.lines.iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chat_keeps_its_last_lines_within_number_and_bytes() {
        let limits = Limits { chat_kept: 3, chat_kept_bytes: 1000, ..Limits::default() };
        let (mut chat, ada) = (ChatLog::default(), ParticipantId::from_random(1));
        for _ in 0..5 {
            chat.add(&ada, "Ada", "hi".into(), 0, &limits);
        }
        assert_eq!(chat.lines().iter().map(|line| line.id).collect::<Vec<_>>(), [3, 4, 5]);
        chat.add(&ada, "Ada", "x".repeat(700), 0, &limits);
        assert_eq!(chat.lines().iter().map(|line| line.id).collect::<Vec<_>>(), [5, 6]);
    }
}
