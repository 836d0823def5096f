//! A name server that says what it is told to, and something else the next time.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result};
use serde::Deserialize;
use simple_dns::rdata::{A, AAAA, CNAME, RData};
use simple_dns::{CLASS, Name, Packet, PacketFlag, QTYPE, RCODE, ResourceRecord, TYPE};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, UdpSocket};
use tokio::task::JoinHandle;

/// What one name is.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Zone {
    /// Its IPv4 addresses: those of the first question, of the second and so on; the last ones stay.
    #[serde(default)]
    pub a: Vec<Vec<IpAddr>>,
    /// Its IPv6 addresses, as above.
    #[serde(default)]
    pub aaaa: Vec<Vec<IpAddr>>,
    /// The name that its addresses belong to.
    #[serde(default)]
    pub cname: Option<String>,
    /// The server cannot tell.
    #[serde(default)]
    pub fails: bool,
    /// The server never answers.
    #[serde(default)]
    pub silent: bool,
    /// The whole answer is too long for UDP.
    #[serde(default)]
    pub long: bool,
    /// Before the answer comes one with these addresses, from somebody who has to guess the question's
    /// number.
    #[serde(default)]
    pub forged: Vec<IpAddr>,
}

#[derive(Default)]
struct State {
    zones: HashMap<String, Zone>,
    /// How often a name was asked for, by type.
    asked: HashMap<(String, bool), usize>,
}

/// Serves on UDP and TCP.
pub struct NameServer {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    serving: Vec<JoinHandle<()>>,
}

impl NameServer {
    /// On a free port of this machine.
    ///
    /// # Errors
    /// Where there is none.
    pub async fn start() -> Result<Self> {
        let tcp = TcpListener::bind("127.0.0.1:0").await?;
        let address = tcp.local_addr()?;
        let udp = UdpSocket::bind(address).await?;
        let state = Arc::<Mutex<State>>::default();
        let serving = vec![
            tokio::spawn(over_udp(udp, Arc::clone(&state))),
            tokio::spawn(over_tcp(tcp, Arc::clone(&state))),
        ];
        Ok(Self {
            address,
            state,
            serving,
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Makes a name known.
    pub fn knows(&self, name: &str, zone: Zone) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.zones.insert(name.to_owned(), zone);
    }

    /// How often it was asked for the IPv4 addresses of a name.
    #[must_use]
    pub fn asked(&self, name: &str) -> usize {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let asked = state.asked.get(&(name.to_owned(), false));
        asked.copied().unwrap_or_default()
    }
}

impl Drop for NameServer {
    fn drop(&mut self) {
        for serving in &self.serving {
            serving.abort();
        }
    }
}

async fn over_udp(socket: UdpSocket, state: Arc<Mutex<State>>) {
    let mut buffer = [0; 1024];
    while let Ok((size, from)) = socket.recv_from(&mut buffer).await {
        for answer in answers(&buffer[..size], &state, true).unwrap_or_default() {
            let _ = socket.send_to(&answer, from).await;
        }
    }
}

async fn over_tcp(listener: TcpListener, state: Arc<Mutex<State>>) {
    while let Ok((mut stream, _)) = listener.accept().await {
        let state = Arc::clone(&state);
        tokio::spawn(async move {
            let size = stream.read_u16().await?;
            let mut query = vec![0; size.into()];
            stream.read_exact(&mut query).await?;
            for answer in answers(&query, &state, false)? {
                stream.write_u16(u16::try_from(answer.len())?).await?;
                stream.write_all(&answer).await?;
            }
            anyhow::Ok(())
        });
    }
}

/// The packets that answer a question.
fn answers(query: &[u8], state: &Mutex<State>, is_udp: bool) -> Result<Vec<Vec<u8>>> {
    let query = Packet::parse(query)?;
    let question = query.questions.first().context("no question")?;
    let is_v6 = question.qtype == QTYPE::TYPE(TYPE::AAAA);
    let name = question.qname.to_string();
    let (zone, time) = {
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        let zone = state.zones.get(&name).cloned();
        let is_last_word = !is_udp || !zone.as_ref().is_some_and(|zone| zone.long);
        let asked = state.asked.entry((name.clone(), is_v6)).or_default();
        *asked += usize::from(is_last_word);
        (zone, asked.saturating_sub(1))
    };
    let mut reply = query.clone().into_reply();
    let Some(zone) = zone else {
        *reply.rcode_mut() = RCODE::NameError;
        return Ok(vec![reply.build_bytes_vec()?]);
    };
    if zone.silent {
        return Ok(Vec::new());
    }
    if zone.fails {
        *reply.rcode_mut() = RCODE::ServerFailure;
        return Ok(vec![reply.build_bytes_vec()?]);
    }
    if zone.long && is_udp {
        reply.set_flags(PacketFlag::TRUNCATION);
        return Ok(vec![reply.build_bytes_vec()?]);
    }
    let mut packets = Vec::new();
    if !zone.forged.is_empty() && !is_v6 {
        let mut forged = query.clone().into_reply();
        forged.set_id(query.id().wrapping_add(1));
        add(&mut forged, &name, &zone.forged)?;
        packets.push(forged.build_bytes_vec()?);
    }
    let times = if is_v6 { &zone.aaaa } else { &zone.a };
    let found = times.get(time).or(times.last());
    let owner = zone.cname.as_deref().unwrap_or(&name);
    if owner != name {
        let rdata = RData::CNAME(CNAME(Name::new(owner)?.into_owned()));
        let record = ResourceRecord::new(Name::new(&name)?.into_owned(), CLASS::IN, 0, rdata);
        reply.answers.push(record);
    }
    add(&mut reply, owner, found.map_or(&[], Vec::as_slice))?;
    packets.push(reply.build_bytes_vec()?);
    Ok(packets)
}

fn add(reply: &mut Packet<'_>, name: &str, addresses: &[IpAddr]) -> Result<()> {
    for address in addresses {
        let rdata = match address {
            IpAddr::V4(address) => RData::A(A {
                address: address.to_bits(),
            }),
            IpAddr::V6(address) => RData::AAAA(AAAA {
                address: address.to_bits(),
            }),
        };
        let name = Name::new(name)?.into_owned();
        let record = ResourceRecord::new(name, CLASS::IN, 0, rdata);
        reply.answers.push(record);
    }
    Ok(())
}
