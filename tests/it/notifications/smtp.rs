//! A server of e-mail on this machine that takes or refuses as it is told, and writes down what it takes.

use std::{
    collections::VecDeque,
    io,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_util::task::AbortOnDropHandle;

/// How one connection goes.
#[derive(Clone, Copy, Debug)]
pub enum Mood {
    Takes,
    /// Answers this instead of taking a recipient.
    Refuses(&'static str),
    /// Says nothing at all until the other side is gone.
    Stalls,
    /// Takes the e-mail, and says nothing until the other side is gone.
    StallsAtTheEnd,
    /// Ends the connection at once.
    Closes,
}

/// An e-mail that was handed in.
#[derive(Clone, Debug)]
pub struct Mail {
    pub from: String,
    pub to: Vec<String>,
    /// Headers and text, lines ended by a line feed.
    pub content: String,
}

#[derive(Default)]
struct State {
    moods: VecDeque<Mood>,
    mails: Vec<Mail>,
}

/// The server. Gone when dropped.
pub struct SmtpServer {
    pub url: String,
    state: Arc<Mutex<State>>,
    _server: AbortOnDropHandle<()>,
}

impl SmtpServer {
    pub async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let state = Arc::<Mutex<State>>::default();
        let server = AbortOnDropHandle::new(tokio::spawn(serve(listener, Arc::clone(&state))));
        Self { url, state, _server: server }
    }

    /// The next connections go so; then all is taken.
    pub fn moods(&self, moods: impl IntoIterator<Item = Mood>) {
        self.state.lock().unwrap().moods.extend(moods);
    }

    /// What was handed in.
    pub fn mails(&self) -> Vec<Mail> {
        self.state.lock().unwrap().mails.clone()
    }
}

impl Mail {
    /// The lines of a header, folded ones together; as many as there are.
    pub fn headers(&self, name: &str) -> Vec<String> {
        let (head, _) = self.content.split_once("\n\n").unwrap();
        let unfolded = head.replace("\n ", " ");
        let own = unfolded.lines().filter_map(|line| line.split_once(": "));
        own.filter(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned()).collect()
    }

    pub fn header(&self, name: &str) -> String {
        let mut found = self.headers(name);
        assert_eq!(found.len(), 1, "{name} in {}", self.content);
        found.remove(0)
    }

    /// What was written, as a reader shows it (quoted-printable of what is ASCII).
    pub fn plain_text(&self) -> String {
        let (_, text) = self.content.split_once("\n\n").unwrap();
        text.replace("=\n", "").replace("=3D", "=")
    }
}

async fn serve(listener: TcpListener, state: Arc<Mutex<State>>) {
    let mut open = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let state = Arc::clone(&state);
        open.spawn(async move {
            let mood = state.lock().unwrap().moods.pop_front().unwrap_or(Mood::Takes);
            // Whoever goes away goes away.
            let _ = attend(BufReader::new(stream), mood, &state).await;
        });
    }
}

async fn attend(mut stream: BufReader<TcpStream>, mood: Mood, state: &Mutex<State>) -> io::Result<()> {
    match mood {
        Mood::Closes => return Ok(()),
        Mood::Stalls => return until_gone(&mut stream).await,
        _ => stream.write_all(b"220 test ESMTP\r\n").await?,
    }
    let mut mail = Mail { from: String::new(), to: Vec::new(), content: String::new() };
    let mut line = String::new();
    while {
        line.clear();
        stream.read_line(&mut line).await? > 0
    } {
        let command = line.trim_end();
        let answer = match command.split([' ', ':']).next().unwrap_or_default() {
            "EHLO" => "250-test\r\n250 8BITMIME\r\n".to_owned(),
            "MAIL" => {
                mail.from = within(command);
                "250 ok\r\n".to_owned()
            }
            "RCPT" => match mood {
                Mood::Refuses(answer) => format!("{answer}\r\n"),
                _ => {
                    mail.to.push(within(command));
                    "250 ok\r\n".to_owned()
                }
            },
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await?;
                mail.content = content(&mut stream).await?;
                state.lock().unwrap().mails.push(mail.clone());
                if matches!(mood, Mood::StallsAtTheEnd) {
                    return until_gone(&mut stream).await;
                }
                "250 taken\r\n".to_owned()
            }
            "QUIT" => {
                stream.write_all(b"221 bye\r\n").await?;
                return stream.shutdown().await;
            }
            _ => "250 ok\r\n".to_owned(),
        };
        stream.write_all(answer.as_bytes()).await?;
    }
    Ok(())
}

async fn content(stream: &mut BufReader<TcpStream>) -> io::Result<String> {
    let mut content = String::new();
    while !content.ends_with("\r\n.\r\n") {
        if stream.read_line(&mut content).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    content.truncate(content.len() - ".\r\n".len());
    Ok(content.replace("\r\n", "\n"))
}

async fn until_gone(stream: &mut BufReader<TcpStream>) -> io::Result<()> {
    while stream.read(&mut [0; 64]).await? > 0 {}
    Ok(())
}

fn within(command: &str) -> String {
    let (_, rest) = command.split_once('<').unwrap();
    rest.split_once('>').unwrap().0.to_owned()
}
