//! Any order of events, with leaders that die between any two of them: nothing that is served stops being verified,
//! and in the end all is as it should be.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Secret;
use proptest::prelude::*;

use super::tests::{NAME, at, merge, rotation};
use super::{Live, MOST, Rotation, Step};
use crate::certificates::{Bundle, Identity, Stored, verifies};

const DAY: i64 = 24 * 60 * 60;

/// What may happen next.
#[derive(Clone, Copy, Debug)]
enum Event {
    /// Whoever leads does a step, with a clock that is so many seconds off.
    Step(i64),
    /// A step is thought out and not written: its leader dies.
    Forget,
    /// The live bundle is made what it has to be.
    Publish,
    /// The live bundle has been so for a while.
    Settle,
    /// A replica looks.
    Look(usize),
    /// A replica is replaced.
    Restart(usize),
    /// Hours pass, in which every replica looks.
    Pass(i64),
    /// Somebody asks for a rotation.
    Ask(&'static str),
    /// A key of the Secret is lost, or made unreadable.
    Lose(&'static str, bool),
    /// Everything in the Secret is lost.
    Empty,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        8 => Just(Event::Step(0)),
        1 => prop_oneof![Just(-3 * DAY), Just(2 * 365 * DAY)].prop_map(Event::Step),
        1 => Just(Event::Forget),
        6 => Just(Event::Publish),
        6 => Just(Event::Settle),
        6 => (0..REPLICAS).prop_map(Event::Look),
        2 => (0..REPLICAS).prop_map(Event::Restart),
        4 => (1..24 * 20_i64).prop_map(Event::Pass),
        3 => prop_oneof![Just("leaf"), Just("ca"), Just("both")].prop_map(Event::Ask),
        1 => (prop_oneof![Just("ca.crt"), Just("ca.key"), Just("tls.crt"), Just("tls.key")], any::<bool>())
            .prop_map(|(key, is_gone)| Event::Lose(key, is_gone)),
        1 => Just(Event::Empty),
    ]
}

const REPLICAS: usize = 2;

#[derive(Debug, Default)]
struct World {
    second: i64,
    secret: Secret,
    live: Option<Vec<u8>>,
    settled: Option<Vec<u8>>,
    is_quiet: bool,
    replicas: [Replica; REPLICAS],
}

#[derive(Debug, Default)]
struct Replica {
    served: Option<Identity>,
    /// It has been verified, so that the API server may call it.
    ready: bool,
}

impl World {
    fn now(&self) -> Timestamp {
        at(self.second)
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Step(skew) => {
                self.step(at(self.second + skew));
            }
            Event::Forget => {
                let secret = self.secret.clone();
                self.step(self.now());
                self.secret = secret;
            }
            Event::Publish => {
                let stored = Stored::read(&self.secret);
                if let Some(bundle) = rotation().bundle(&stored, self.now()) {
                    self.is_quiet &= self.live.as_ref() == Some(&bundle);
                    self.live = Some(bundle);
                }
            }
            Event::Settle => self.settled.clone_from(&self.live),
            Event::Look(index) => self.look(index),
            Event::Restart(index) => {
                self.replicas[index] = Replica::default();
                self.look(index);
            }
            Event::Pass(hours) => {
                self.settled.clone_from(&self.live);
                (0..REPLICAS).for_each(|index| self.look(index));
                self.second += hours * 60 * 60;
                self.is_quiet = true;
                (0..REPLICAS).for_each(|index| self.look(index));
            }
            Event::Ask(what) => {
                let annotations = self.secret.metadata.annotations.get_or_insert_default();
                annotations.insert("seawall.dev/rotate".to_owned(), what.to_owned());
            }
            Event::Lose(key, is_gone) => {
                let Some(data) = &mut self.secret.data else { return };
                if let Some(value) = data.get_mut(key) {
                    value.0.truncate(value.0.len() / 2);
                }
                if is_gone {
                    data.remove(key);
                }
            }
            Event::Empty => self.secret.data = None,
        }
    }

    fn step(&mut self, now: Timestamp) -> Step {
        let stored = Stored::read(&self.secret);
        let (current, settled) = (bundle(self.live.as_ref()), bundle(self.settled.as_ref()));
        let live = Live { current: current.as_ref(), settled: settled.as_ref(), is_quiet: self.is_quiet };
        let rotation: Rotation = rotation();
        let step = rotation.next(&stored, live, now);
        let change = rotation.take(step, &stored, live, now).unwrap();
        self.is_quiet &= change.leaf.is_none();
        self.secret = merge(&self.secret, &change.patch(None));
        step
    }

    fn look(&mut self, index: usize) {
        let stored = Stored::read(&self.secret);
        let (current, settled) = (bundle(self.live.as_ref()), bundle(self.settled.as_ref()));
        let live = Live { current: current.as_ref(), settled: settled.as_ref(), is_quiet: self.is_quiet };
        let now = self.now();
        let replica = &mut self.replicas[index];
        if let Some(next) = rotation().successor(replica.served.as_ref(), &stored, live, now) {
            replica.served = Some(next.clone());
        }
    }

    /// What is served and was verified once still is, unless nobody has done anything for as long as it lives, or so many
    /// authorities were made, by clocks that are years apart, that the oldest had to give way.
    fn check(&mut self) -> Result<(), TestCaseError> {
        let now = self.now();
        let Some(live) = &self.live else { return Ok(()) };
        for replica in &mut self.replicas {
            let Some(served) = &replica.served else { continue };
            let is_verified = verifies(live, served, NAME, now);
            let is_valid = served.leaf().is_valid(now);
            let is_full = Bundle::read(live).0.len() == MOST;
            prop_assert!(!replica.ready || is_verified || !is_valid || is_full, "no longer verified");
            replica.ready = is_verified;
        }
        Ok(())
    }

    /// Lets everybody do their work until there is none left.
    fn calm(&mut self) -> Result<(), TestCaseError> {
        for _ in 0..20 {
            let mut steps = 0;
            for event in [Event::Publish, Event::Settle, Event::Look(0), Event::Look(1)] {
                self.happen(event);
                self.check()?;
            }
            while self.step(self.now()) != Step::Nothing {
                steps += 1;
                prop_assert!(steps < 5, "no end of steps");
                self.check()?;
            }
            let stored = Stored::read(&self.secret);
            let is_asked = stored.rotate.is_some();
            if steps == 0 && stored.bundle.len() == 1 && !is_asked {
                return Ok(());
            }
            self.happen(Event::Pass(1));
            self.check()?;
        }
        Err(TestCaseError::fail("no calm"))
    }
}

fn bundle(pem: Option<&Vec<u8>>) -> Option<Bundle> {
    pem.map(|pem| Bundle::read(pem).0)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_that_is_served_stops_being_verified(events in prop::collection::vec(event(), 1..40)) {
        let mut world = World::default();
        world.calm()?;
        for event in events {
            world.happen(event);
            world.check()?;
        }
        world.calm()?;
        let stored = Stored::read(&world.secret);
        for replica in &world.replicas {
            let served = replica.served.as_ref().unwrap();
            prop_assert_eq!(&served.leaf().der, &stored.leaf.as_ref().unwrap().leaf().der);
            prop_assert!(replica.ready);
        }
        prop_assert!(verifies(stored.bundle.pem().as_bytes(), stored.leaf.as_ref().unwrap(), NAME, world.now()));
    }
}
