//! Names to addresses by name servers that the operator names.
//!
//! A stub: it asks a server that follows names to their end, over UDP, and over TCP where the answer does
//! not fit. It keeps nothing, looks into no file, and appends no domain to a name.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::SecureRandom;
use simple_dns::rdata::RData;
use simple_dns::{CLASS, Name, Packet, PacketFlag, Question, RCODE, TYPE};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};
use tokio::sync::Semaphore;

use crate::resolve::{Lookup, Resolve};

/// A server that has not answered by then is passed over for the next one. A packet may be lost.
const TRY: Duration = Duration::from_secs(2);
/// How often each server is asked.
const ROUNDS: usize = 2;
/// What a server may send without being asked for more.
const DATAGRAM_MAX_BYTES: usize = 4_096;

/// Asks these servers, in their order.
pub struct NameServers {
    servers: Vec<SocketAddr>,
    random: &'static dyn SecureRandom,
    places: Arc<Semaphore>,
}

impl NameServers {
    /// With so many look-ups at once; more wait.
    pub fn new(servers: Vec<SocketAddr>, lookups_max: usize) -> Self {
        Self {
            servers,
            random: rustls::crypto::ring::default_provider().secure_random,
            places: Arc::new(Semaphore::new(lookups_max.max(1))),
        }
    }

    async fn addresses(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        let name = host.strip_suffix('.').unwrap_or(host);
        // Never asked of anybody (RFC 6761).
        if name == "localhost" || name.ends_with(".localhost") {
            return Ok(vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]);
        }
        let name = Name::new(name).map_err(io::Error::other)?;
        let _place = self.places.acquire().await.map_err(io::Error::other)?;
        let (v4, v6) = tokio::join!(self.ask(&name, TYPE::A), self.ask(&name, TYPE::AAAA));
        match (v4, v6) {
            (Ok(mut found), more) => {
                found.extend(more.unwrap_or_default());
                Ok(found)
            }
            (Err(_), Ok(found)) if !found.is_empty() => Ok(found),
            (Err(error), _) => Err(error),
        }
    }

    async fn ask(&self, name: &Name<'_>, kind: TYPE) -> io::Result<Vec<IpAddr>> {
        let mut last = io::Error::from(io::ErrorKind::NotFound);
        for server in self
            .servers
            .iter()
            .cycle()
            .take(self.servers.len() * ROUNDS)
        {
            let asking = tokio::time::timeout(TRY, self.ask_one(*server, name, kind));
            match asking.await {
                Ok(Ok(found)) => return Ok(found),
                Ok(Err(error)) => last = error,
                Err(_) => last = io::Error::from(io::ErrorKind::TimedOut),
            }
        }
        let text = format!("the name servers of `egress.nameservers`: {last}");
        Err(io::Error::new(last.kind(), text))
    }

    async fn ask_one(
        &self,
        server: SocketAddr,
        name: &Name<'_>,
        kind: TYPE,
    ) -> io::Result<Vec<IpAddr>> {
        let query = self.query(name, kind)?;
        let answer = over_udp(server, &query).await?;
        match read(&answer, kind)? {
            Some(found) => Ok(found),
            None => {
                let answer = over_tcp(server, &query).await?;
                let found = read(&answer, kind)?;
                found.ok_or_else(|| io::Error::other("the answer is cut off"))
            }
        }
    }

    fn query<'n>(&self, name: &Name<'n>, kind: TYPE) -> io::Result<Query<'n>> {
        let mut id = [0; 2];
        let filled = self.random.fill(&mut id);
        filled.map_err(|_| io::Error::other("no randomness"))?;
        let id = u16::from_be_bytes(id);
        let question = Question::new(name.clone(), kind.into(), CLASS::IN.into(), false);
        let mut packet = Packet::new_query(id);
        packet.set_flags(PacketFlag::RECURSION_DESIRED);
        packet.questions.push(question.clone());
        let bytes = packet.build_bytes_vec().map_err(io::Error::other)?;
        Ok(Query {
            id,
            question,
            bytes,
        })
    }
}

impl Resolve for NameServers {
    fn resolve<'a>(&'a self, host: &'a str) -> Lookup<'a> {
        Box::pin(self.addresses(host))
    }
}

struct Query<'n> {
    id: u16,
    question: Question<'n>,
    bytes: Vec<u8>,
}

impl Query<'_> {
    /// Whether these bytes answer it: anybody can send to the port that it was sent from.
    fn is_answered_by(&self, bytes: &[u8]) -> bool {
        let Ok(packet) = Packet::parse(bytes) else {
            return false;
        };
        let [question] = packet.questions.as_slice() else {
            return false;
        };
        packet.id() == self.id
            && packet.has_flags(PacketFlag::RESPONSE)
            && question.qname == self.question.qname
            && question.qtype == self.question.qtype
    }
}

async fn over_udp(server: SocketAddr, query: &Query<'_>) -> io::Result<Vec<u8>> {
    let any: IpAddr = match server {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    // A port of its own for every question, chosen by the system; the kernel drops what others send to it.
    let socket = UdpSocket::bind((any, 0)).await?;
    socket.connect(server).await?;
    socket.send(&query.bytes).await?;
    let mut buffer = vec![0; DATAGRAM_MAX_BYTES];
    loop {
        let size = socket.recv(&mut buffer).await?;
        if query.is_answered_by(&buffer[..size]) {
            buffer.truncate(size);
            return Ok(buffer);
        }
    }
}

async fn over_tcp(server: SocketAddr, query: &Query<'_>) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(server).await?;
    let size = u16::try_from(query.bytes.len()).map_err(io::Error::other)?;
    let framed = [&size.to_be_bytes(), query.bytes.as_slice()].concat();
    stream.write_all(&framed).await?;
    let size = stream.read_u16().await?;
    let mut answer = vec![0; size.into()];
    stream.read_exact(&mut answer).await?;
    match query.is_answered_by(&answer) {
        true => Ok(answer),
        false => Err(io::Error::other("the answer is to another question")),
    }
}

/// The addresses of an answer, through whatever other names they were found; none where it was cut off.
fn read(bytes: &[u8], kind: TYPE) -> io::Result<Option<Vec<IpAddr>>> {
    let packet = Packet::parse(bytes).map_err(io::Error::other)?;
    match packet.rcode() {
        RCODE::NoError | RCODE::NameError => {}
        code => return Err(io::Error::other(format!("the answer is {code:?}"))),
    }
    if packet.has_flags(PacketFlag::TRUNCATION) {
        return Ok(None);
    }
    let found = packet
        .answers
        .iter()
        .filter_map(|record| match (&record.rdata, kind) {
            (RData::A(found), TYPE::A) => Some(Ipv4Addr::from_bits(found.address).into()),
            (RData::AAAA(found), TYPE::AAAA) => Some(Ipv6Addr::from_bits(found.address).into()),
            _ => None,
        });
    Ok(Some(found.collect()))
}
