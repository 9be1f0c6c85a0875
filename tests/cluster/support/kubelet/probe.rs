//! Startup, liveness and readiness probes.

use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use k8s_openapi::api::core::v1::{Container, HTTPGetAction, Probe as Spec};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::super::admin;
use super::address::on_this_machine;

/// What is asked.
#[derive(Clone)]
pub(super) enum Question {
    Get { address: SocketAddr, path: String },
    Connect { address: SocketAddr },
}

/// A probe of a container and what it has found.
pub(super) struct Probe {
    question: Question,
    period: Duration,
    timeout: Duration,
    enough_successes: i32,
    enough_failures: i32,
    due: Instant,
    asked: Option<(Instant, JoinHandle<bool>)>,
    successes: i32,
    failures: i32,
}

/// What a probe makes of its last answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opinion {
    Good,
    Bad,
}

impl Probe {
    pub(super) fn new(spec: &Spec, container: &Container, ip: Ipv4Addr) -> Result<Self> {
        let seconds = |value: Option<i32>, default: u32| {
            Duration::from_secs(value.and_then(|value| u64::try_from(value).ok()).unwrap_or(default.into()))
        };
        let question = match (&spec.http_get, &spec.tcp_socket) {
            (Some(get), _) => Question::of_get(get, container, ip)?,
            (None, Some(socket)) => Question::Connect { address: address(&socket.port, container, ip)? },
            (None, None) => anyhow::bail!("a probe of this kind is not understood"),
        };
        Ok(Self {
            question,
            period: seconds(spec.period_seconds, 10),
            timeout: seconds(spec.timeout_seconds, 1),
            enough_successes: spec.success_threshold.unwrap_or(1),
            enough_failures: spec.failure_threshold.unwrap_or(3),
            due: Instant::now() + seconds(spec.initial_delay_seconds, 0),
            asked: None,
            successes: 0,
            failures: 0,
        })
    }

    /// Asks when it is time to; an opinion comes with the answer that completes it.
    pub(super) fn tick(&mut self) -> Option<Opinion> {
        if let Some((since, answer)) = self.asked.take() {
            let is_late = since.elapsed() > self.timeout;
            if !answer.is_finished() && !is_late {
                self.asked = Some((since, answer));
                return None;
            }
            return self.count(!is_late && answer.join().unwrap_or(false));
        }
        if Instant::now() >= self.due {
            self.due = Instant::now() + self.period;
            let (question, timeout) = (self.question.clone(), self.timeout);
            self.asked = Some((Instant::now(), thread::spawn(move || question.ask(timeout).is_ok())));
        }
        None
    }

    fn count(&mut self, success: bool) -> Option<Opinion> {
        if success {
            self.failures = 0;
            self.successes += 1;
            return (self.successes >= self.enough_successes).then_some(Opinion::Good);
        }
        self.successes = 0;
        self.failures += 1;
        (self.failures >= self.enough_failures).then_some(Opinion::Bad)
    }
}

impl Question {
    pub(super) fn of_get(get: &HTTPGetAction, container: &Container, ip: Ipv4Addr) -> Result<Self> {
        ensure!(get.scheme.as_deref() != Some("HTTPS"), "a probe by HTTPS is not understood");
        ensure!(get.host.is_none(), "a probe of another host is not understood");
        let path = get.path.clone().unwrap_or_else(|| "/".to_owned());
        Ok(Self::Get { address: address(&get.port, container, ip)?, path })
    }

    pub(super) fn ask(&self, timeout: Duration) -> Result<()> {
        match self {
            Self::Get { address, path } => {
                let (status, _) = admin::get_within(*address, path, timeout)?;
                ensure!((200..400).contains(&status), "status {status}");
            }
            Self::Connect { address } => {
                TcpStream::connect_timeout(address, timeout)?;
            }
        }
        Ok(())
    }
}

/// A port by its number or its name.
fn address(port: &IntOrString, container: &Container, ip: Ipv4Addr) -> Result<SocketAddr> {
    let number = match port {
        IntOrString::Int(number) => *number,
        IntOrString::String(name) => {
            let mut ports = container.ports.iter().flatten();
            let found = ports.find(|port| port.name.as_deref() == Some(name));
            found.with_context(|| format!("there is no port {name}"))?.container_port
        }
    };
    Ok(on_this_machine(SocketAddr::from((ip, u16::try_from(number)?))))
}
