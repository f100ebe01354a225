//! `visavis token` and `visavis token-key`: keys for a server, and tokens that they sign. `docs/tokens.md`.

use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::{Args, Subcommand};
use visavis_protocol::{Rights, RoomName, RoomToken, TokenKey};

use crate::options::{parse_duration, parse_origin};

/// What `visavis` does besides serving.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Makes a token that lets somebody into a room, of a server that has been given the same key
    Token(Token),
    /// Makes a key for --token-key
    TokenKey(NewKey),
}

/// `visavis token`
#[derive(Debug, Args)]
pub struct Token {
    /// The room, and no other one
    #[arg(value_parser = parse_room)]
    room: RoomName,

    /// What its bearer is called there [default: they choose]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,

    /// What its bearer may do: watch by WHEP, come in, or come in as host
    #[arg(long, value_name = "RIGHTS", default_value = "guest", value_enum)]
    rights: ChosenRights,

    /// How long it is good, from now on: 1h, 7d, 4w
    #[arg(long = "for", value_name = "TIME", default_value = "24h", value_parser = parse_duration)]
    lasts: Duration,

    /// Prints the link to the room on this server, with the token in it
    #[arg(long = "at", value_name = "URL", value_parser = parse_origin)]
    url: Option<String>,

    /// The key to sign with, as hs256:SECRET or ed25519-secret:SEED
    #[arg(long, env = "VISAVIS_TOKEN_KEY", value_name = "KEY", hide_env_values = true)]
    key: TokenKey,
}

/// `visavis token-key`
#[derive(Debug, Args)]
pub struct NewKey {
    /// A pair (Ed25519): whoever has the private half makes tokens, the server needs the public one only
    #[arg(long)]
    pair: bool,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum ChosenRights {
    Watch,
    Guest,
    Host,
}

impl Command {
    /// Does it.
    ///
    /// # Errors
    /// What is wrong with the key.
    pub fn run(self) -> anyhow::Result<String> {
        match self {
            Self::Token(token) => token.make(SystemTime::now()),
            Self::TokenKey(key) => key.make(rand::random()),
        }
    }
}

impl Token {
    fn make(self, now: SystemTime) -> anyhow::Result<String> {
        let rights = match self.rights {
            ChosenRights::Watch => Rights::Watch,
            ChosenRights::Guest => Rights::Guest,
            ChosenRights::Host => Rights::Host,
        };
        let exp = (now.duration_since(SystemTime::UNIX_EPOCH)? + self.lasts).as_secs();
        let token = RoomToken { room: self.room.clone(), name: self.name, rights, exp, nbf: None };
        let signed = self.key.sign(&token).context(
            "with this key tokens are checked only; the one to sign with begins with hs256: or ed25519-secret:",
        )?;
        Ok(match self.url {
            // Behind the #, so that it is in no log.
            Some(url) => format!("{url}/r/{}#token={signed}", encoded(self.room.as_str())),
            None => signed,
        })
    }
}

impl NewKey {
    fn make(self, random: [u8; 32]) -> anyhow::Result<String> {
        let written = URL_SAFE_NO_PAD.encode(random);
        if !self.pair {
            return Ok(format!("hs256:{written}"));
        }
        let public = TokenKey::public_of(&random)?;
        Ok(format!(
            "for whoever makes tokens:  ed25519-secret:{written}\nfor the server:            {public}"
        ))
    }
}

/// A room's name as it stands in a path (RFC 3986).
pub(crate) fn encoded(room: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    room.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

fn parse_room(text: &str) -> Result<RoomName, String> {
    RoomName::new(text).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use visavis_protocol::TokenKeys;

    use super::*;

    #[derive(Parser)]
    struct Cli {
        #[command(subcommand)]
        command: Command,
    }

    fn run(line: &[&str]) -> anyhow::Result<String> {
        let parsed = Cli::try_parse_from([&["visavis"], line].concat())?;
        parsed.command.run()
    }

    fn now() -> u64 {
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
    }

    #[test]
    fn a_token_that_was_made_here_lets_in_where_the_key_is() {
        let key = run(&["token-key"]).unwrap();
        let pair = run(&["token-key", "--pair"]).unwrap();
        let word = |line: &str| line.rsplit(' ').next().unwrap().to_owned();
        let halves: Vec<_> = pair.lines().map(word).collect();
        for (signing, checking) in [(&key, &key), (&halves[0], &halves[1])] {
            let line = ["token", "a/b", "--name", "Ada", "--rights", "host", "--for", "1h", "--key", signing];
            let keys = TokenKeys::new(vec![checking.parse().unwrap()]);
            let checked = keys.check(&run(&line).unwrap(), &RoomName::new("a/b").unwrap(), now()).unwrap();
            assert_eq!((checked.name.as_deref(), checked.rights), (Some("Ada"), Rights::Host));
            assert!(checked.exp.abs_diff(now() + 3600) < 60);
            let link = run(&[&line[..], &["--at", "https://call.example.org"]].concat()).unwrap();
            assert!(link.starts_with("https://call.example.org/r/a%2Fb#token=ey"), "{link}");
        }
        assert_ne!(key, run(&["token-key"]).unwrap());
        assert!(run(&["token", "r", "--key", &halves[1]]).unwrap_err().to_string().contains("checked only"));
    }
}
