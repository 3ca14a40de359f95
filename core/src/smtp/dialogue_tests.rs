//! Whatever a peer does, the session ends by its deadlines and says nothing but the four commands.

use super::{Action, ClientName, Deadlines, Dialogue, DialogueOutcome, TlsFailure};
use proptest::prelude::*;
use std::time::Duration;

#[derive(Clone, Debug)]
enum Event {
    Bytes(Vec<u8>),
    Tls(bool),
    Wait(u64),
    Closed,
    Reset,
}

fn event() -> impl Strategy<Value = Event> {
    let line = "(220|250|421|500|502|554)[ -](STARTTLS|8BITMIME|[ -~]{0,20})\r?\n";
    prop_oneof![
        8 => line.prop_map(|line| Event::Bytes(line.into_bytes())),
        2 => prop::collection::vec(any::<u8>(), 0..200).prop_map(Event::Bytes),
        2 => any::<bool>().prop_map(Event::Tls),
        3 => (0..4_000_u64).prop_map(Event::Wait),
        1 => prop_oneof![Just(Event::Closed), Just(Event::Reset)],
    ]
}

fn dialogue() -> Dialogue {
    Dialogue::new(ClientName::Literal("192.0.2.1".parse().expect("an address")), Deadlines::QUICK)
}

const SAYABLE: [&[u8]; 4] = [b"EHLO [192.0.2.1]\r\n", b"HELO [192.0.2.1]\r\n", b"STARTTLS\r\n", b"QUIT\r\n"];

proptest! {
    #[test]
    fn it_ends_and_says_only_four_things(events in prop::collection::vec(event(), 0..40)) {
        let mut session = dialogue();
        let mut now = Duration::ZERO;
        let (mut closed, mut handshakes) = (false, 0);
        session.handle_connected(now);
        for event in events {
            match event {
                Event::Bytes(bytes) => session.handle_bytes(&bytes, now),
                Event::Tls(true) => session.handle_tls(Ok(()), now),
                Event::Tls(false) => session.handle_tls(Err(TlsFailure { words: "no".to_owned() }), now),
                Event::Wait(ms) => {
                    now += Duration::from_millis(ms);
                    session.handle_timeout(now);
                }
                Event::Closed => session.handle_closed(now),
                Event::Reset => session.handle_reset(now),
            }
            prop_assert!(session.poll_timeout().is_none_or(|deadline| deadline > now), "a deadline has passed");
            while let Some(action) = session.poll_action() {
                prop_assert!(!closed, "{action:?} after the end");
                match action {
                    Action::Send(bytes) => prop_assert!(SAYABLE.contains(&bytes.as_slice())),
                    Action::StartTls => handshakes += 1,
                    Action::Close => closed = true,
                }
            }
        }
        prop_assert!(handshakes <= 1);
        // From here on the peer is silent: at most one phase, and QUIT.
        for _ in 0..2 {
            if let Some(deadline) = session.poll_timeout() {
                session.handle_timeout(deadline);
            }
        }
        prop_assert_eq!(session.poll_action().is_some(), !closed, "the last action is to close");
        prop_assert!(session.is_done());
    }
}

#[test]
fn a_byte_a_second_meets_the_deadline() {
    let mut session = dialogue();
    session.handle_connected(Duration::ZERO);
    let greeting = b"220-a greeting that takes its time, and then some more of it";
    let mut seconds = 0;
    while !session.is_done() {
        let now = Duration::from_secs(seconds);
        session.handle_bytes(&greeting[seconds as usize..][..1], now);
        seconds += 1;
        while session.poll_action().is_some() {}
    }
    let transcript = session.finish();
    assert_eq!(transcript.outcome, DialogueOutcome::TimedOut);
    assert_eq!(transcript.ended_at, Some(Deadlines::QUICK.greeting));
}
