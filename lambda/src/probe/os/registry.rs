//! What Windows keeps in its registry of the machine, of its firewall, and of security software. All of it is read by any user.

use super::firewall::{doubted, rule};
use super::smbios;
use noanswer_core::evidence::{Firewall, FirewallRule};
use windows_registry::{Key, LOCAL_MACHINE, Value};

fn open(path: &str) -> Option<Key> {
    LOCAL_MACHINE.open(path).ok()
}

fn number(path: &str, name: &str) -> Option<u32> {
    open(path)?.get_u32(name).ok()
}

/// The firmware's words for the machine, from the table that Windows keeps of them: clouds write their name there.
pub(crate) fn firmware() -> String {
    let table = open(r"SYSTEM\CurrentControlSet\Services\mssmbios\Data")
        .and_then(|key| key.get_value("SMBiosData").ok());
    table.map(|table| smbios::words(&table)).unwrap_or_default()
}

/// Where the machine's own settings stand, and each network's among them (`StandardProfile` is the private one's).
const LOCAL: &str = r"SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy";
/// Where those of a group policy do, which go before (MS-GPFAS 2.2.2).
const POLICY: &str = r"SOFTWARE\Policies\Microsoft\WindowsFirewall";

/// The networks' names in the machine's own settings and in a policy's.
const NETWORKS: [(&str, &str); 3] = [
    ("DomainProfile", "DomainProfile"),
    ("StandardProfile", "PrivateProfile"),
    ("PublicProfile", "PublicProfile"),
];

/// A service that is never started (`SERVICE_DISABLED`).
const DISABLED: u32 = 4;

/// What Windows Firewall is set to do with connections to port 25; `None` where there is none.
pub(crate) fn firewall() -> Option<Firewall> {
    open(LOCAL)?;
    let off = number(r"SYSTEM\CurrentControlSet\Services\MpsSvc", "Start") == Some(DISABLED);
    let setting = |(local, policy): (&str, &str), name: &str| {
        number(&format!(r"{POLICY}\{policy}"), name).or_else(|| number(&format!(r"{LOCAL}\{local}"), name))
    };
    // On, and what goes out let out, is what Windows comes with.
    let is_on = |network| !off && setting(network, "EnableFirewall") != Some(0);
    let stops = |network| is_on(network) && setting(network, "DefaultOutboundAction") == Some(1);
    let always_on = NETWORKS.into_iter().all(is_on);
    let mut rules = Vec::new();
    if NETWORKS.into_iter().any(is_on) {
        rules.extend(
            [LOCAL, POLICY]
                .iter()
                .filter_map(|store| open(&format!(r"{store}\FirewallRules")))
                .flat_map(|key| stated(&key)),
        );
    }
    if !always_on {
        rules = rules.into_iter().map(doubted).collect();
    }
    rules.dedup();
    Some(Firewall { always_on, stops_by_default: NETWORKS.into_iter().any(stops), rules })
}

fn stated(key: &Key) -> Vec<FirewallRule> {
    let own = std::env::current_exe().map(|path| path.display().to_string()).unwrap_or_default();
    let text = |(_, value): (String, Value)| String::try_from(value).ok();
    let of = |text: String| rule(&text, &own, &|name| std::env::var(name).ok());
    key.values().map(|values| values.filter_map(text).filter_map(of).collect()).unwrap_or_default()
}

/// Services of security software that takes over mail on port 25, or stops it where it is told to; and whose they are.
const SECURITY: &[(&str, &str)] = &[
    // "Could block legitimate Exchange Server communication through port 25": Exchange Best Practices Analyzer, McAfee
    // VirusScan, BehaviourBlocking.
    ("McShield", "McAfee VirusScan"),
    // Mail Shield: not to be installed beside Exchange (Avast Business Help, Mail Shield).
    ("avast! Antivirus", "Avast"),
    // Mail Protection takes over port 25 of what is sent (Avira Premium Security Suite, user manual, 13.3.1).
    ("AntiVirMailService", "Avira"),
];

/// The security software of that list that is installed and not switched off.
pub(crate) fn security() -> Vec<String> {
    let runs = |service: &str| {
        number(&format!(r"SYSTEM\CurrentControlSet\Services\{service}"), "Start")
            .is_some_and(|start| start != DISABLED)
    };
    SECURITY.iter().filter(|(service, _)| runs(service)).map(|(_, product)| (*product).to_owned()).collect()
}
