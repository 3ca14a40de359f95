//! The commands, one for each system. Names in them come from DNS and addresses are typed: what is not plainly a host
//! name is left out, for it will stand in a shell.

use super::{PREFIX, WAIT_S};
use crate::facts::controls;
use crate::mx::{MxPlan, Target};
use serde::{Deserialize, Serialize};

/// The same observation, as a command for each system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commands {
    /// For a Linux host with bash and coreutils.
    pub linux: String,
    /// For macOS: bash and perl, which it brings.
    pub macos: String,
    /// For Windows PowerShell 5.1 and later.
    pub powershell: String,
}

/// How many targets are asked: more would make a long wait where each is silent.
const TARGETS: usize = 4;

/// How many control hosts are asked, for the same reason.
const CONTROLS: usize = 4;

/// The commands that look at the targets of `plan`, and at control hosts on ports 25 and 443: without the second port, a
/// block of mail and a host without Internet look the same. All connections are made side by side.
pub fn commands(plan: &MxPlan) -> Commands {
    let controls = || controls::exchanges().take(CONTROLS);
    let mut asked: Vec<String> = controls().map(|(_, host)| format!("control 25 {host}")).collect();
    asked.extend(controls().map(|(_, host)| format!("control443 443 {host}")));
    asked.extend(controls::resolver_hosts().iter().take(2).map(|host| format!("control443 443 {host}")));
    let closed = controls::closed().filter(|(_, address)| address.is_ipv4()).take(1);
    asked.extend(closed.map(|(operator, address)| format!("closed 25 {operator} {address}")));
    asked.extend(plan.targets().iter().filter(|target| plain(target)).take(TARGETS).map(|target| {
        // One line for each: kind, port, host, address.
        format!("target 25 {} {}", target.exchange, target.address)
    }));
    Commands {
        linux: bash(&asked, &format!("timeout {WAIT_S}"), "getent ahostsv4 \"$3\" | awk '{print $1; exit}'"),
        macos: bash(
            &asked,
            &format!("perl -e 'alarm {WAIT_S}; exec @ARGV'"),
            "dscacheutil -q host -a name \"$3\" | awk '/^ip_address/{print $2; exit}'",
        ),
        powershell: powershell(&asked),
    }
}

/// Whether the name is letters, digits, hyphens, underscores and dots alone.
fn plain(target: &Target) -> bool {
    !target.exchange.starts_with('-')
        && target.exchange.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte))
}

fn bash(asked: &[String], limit: &str, address: &str) -> String {
    let list: Vec<String> = asked.iter().map(|line| format!("t {line} &")).collect();
    let list = list.join("\n");
    format!(
        r#"bash <<'END'
export LC_ALL=C
t() {{ a=${{4:-$({address})}}; b=$SECONDS
  r=$({limit} bash -c "exec 3<>/dev/tcp/$a/$2 || exit 9; echo connected; [ $2 = 25 ] || exit 0; IFS= read -r l <&3; echo \"\$l\"; printf 'QUIT\r\n' >&3" 2>&1 </dev/null; echo "exit $?")
  echo "{PREFIX} $1 $3 ${{a:--}} $((SECONDS-b)) $(echo "$r" | tr '\r\n' '  ')"; }}
{list}
wait
END"#
    )
}

fn powershell(asked: &[String]) -> String {
    let list: Vec<String> = asked.iter().map(|line| format!("'{line}'")).collect();
    let list = list.join(",\n  ");
    let wait = WAIT_S * 1000;
    let read = wait + 4_000;
    format!(
        r#"$w = [Diagnostics.Stopwatch]::StartNew()
$all = foreach ($t in {list}) {{
  $k, $p, $h, $a = $t -split ' '; $o = @{{ k = $k; p = [int]$p; h = $h; a = $a; r = '' }}
  try {{
    if (!$a) {{ $o.a = [Net.Dns]::GetHostAddresses($h) | Where-Object AddressFamily -eq InterNetwork | Select-Object -First 1 }}
    $i = [Net.IPAddress]"$($o.a)"; $o.c = New-Object Net.Sockets.TcpClient($i.AddressFamily)
    $o.t = $o.c.ConnectAsync($i, $o.p)
  }} catch {{ $o.r = "$($_.Exception.GetBaseException().SocketErrorCode)" }}
  $o
}}
foreach ($o in $all) {{
  try {{
    if ($o.t) {{
      if (!$o.t.Wait([int][Math]::Max(1, {wait} - $w.ElapsedMilliseconds))) {{ $o.r = 'TimedOut' }} else {{
        $o.r = 'connected'
        if ($o.p -eq 25) {{
          $s = $o.c.GetStream(); $s.ReadTimeout = [int][Math]::Max(1000, {read} - $w.ElapsedMilliseconds)
          $o.r += ' ' + (New-Object IO.StreamReader($s)).ReadLine()
        }}
      }}
    }}
  }} catch {{ $o.r += ' ' + $_.Exception.GetBaseException().SocketErrorCode }}
  if (!$o.a) {{ $o.a = '-' }}
  "{PREFIX} $($o.k) $($o.h) $($o.a) $([int]$w.Elapsed.TotalSeconds) $($o.r) exit 0"; if ($o.c) {{ $o.c.Dispose() }}
}}"#
    )
}
