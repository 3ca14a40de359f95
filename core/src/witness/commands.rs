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

/// The commands that look at the targets of `plan` and at control hosts.
pub fn commands(plan: &MxPlan) -> Commands {
    let mut asked: Vec<String> =
        controls::exchanges().take(CONTROLS).map(|(_, host)| format!("control {host}")).collect();
    asked.extend(plan.targets().iter().filter(|target| plain(target)).take(TARGETS).map(|target| {
        // One line for each: kind, host, address.
        format!("target {} {}", target.exchange, target.address)
    }));
    Commands {
        linux: bash(&asked, &format!("timeout {WAIT_S}"), "getent ahostsv4 \"$2\" | awk '{print $1; exit}'"),
        macos: bash(
            &asked,
            &format!("perl -e 'alarm {WAIT_S}; exec @ARGV'"),
            "dscacheutil -q host -a name \"$2\" | awk '/^ip_address/{print $2; exit}'",
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
    let list = asked.join("\n");
    format!(
        r#"bash <<'END'
export LC_ALL=C
while read -r line; do set -- $line
  a=${{3:-$({address})}}; b=$SECONDS
  r=$({limit} bash -c "exec 3<>/dev/tcp/$a/25 || exit 9; echo connected; IFS= read -r l <&3; echo \"\$l\"; printf 'QUIT\r\n' >&3" 2>&1 </dev/null; echo "exit $?")
  echo "{PREFIX} $1 $2 ${{a:--}} $((SECONDS-b)) $(echo "$r" | tr '\r\n' '  ')"
done <<LIST
{list}
LIST
END"#
    )
}

fn powershell(asked: &[String]) -> String {
    let list: Vec<String> = asked.iter().map(|line| format!("'{line}'")).collect();
    let list = list.join(",\n  ");
    let wait = WAIT_S * 1000;
    format!(
        r#"foreach ($t in {list}) {{
  $k, $h, $a = $t -split ' '; $r = ''; $w = [Diagnostics.Stopwatch]::StartNew()
  try {{
    if (!$a) {{ $a = [Net.Dns]::GetHostAddresses($h) | Where-Object AddressFamily -eq InterNetwork | Select-Object -First 1 }}
    $i = [Net.IPAddress]"$a"; $c = New-Object Net.Sockets.TcpClient($i.AddressFamily)
    if (!$c.ConnectAsync($i, 25).Wait({wait})) {{ $r = 'TimedOut' }} else {{
      $r = 'connected'; $s = $c.GetStream(); $s.ReadTimeout = 15000
      $r += ' ' + (New-Object IO.StreamReader($s)).ReadLine()
    }}
  }} catch {{ $r += ' ' + $_.Exception.GetBaseException().SocketErrorCode }}
  if (!$a) {{ $a = '-' }}
  "{PREFIX} $k $h $a $([int]$w.Elapsed.TotalSeconds) $r exit 0"; if ($c) {{ $c.Dispose() }}
}}"#
    )
}
