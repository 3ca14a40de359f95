//! `noanswer serve --service`: as a service of Windows. `New-Service noanswer -BinaryPathName "… serve --service"` makes one.

use super::args::Serve;
use super::serve;
use super::setup::Usage;
use std::ffi::OsString;
use std::sync::Mutex;
use std::time::Duration;
use tokio::sync::watch;
use windows_service::define_windows_service;
use windows_service::service::{
    ServiceControl, ServiceControlAccept, ServiceExitCode, ServiceState, ServiceStatus, ServiceType,
};
use windows_service::service_control_handler::{self, ServiceControlHandlerResult, ServiceStatusHandle};
use windows_service::service_dispatcher;

/// A process has one service of its own: the manager does not look at its name.
const NAME: &str = "noanswer";

/// What a service that cannot start ends with (sysexits.h EX_USAGE), as the command does.
const USAGE: u32 = 64;

/// How long a start may take: controls and vantages are not asked before it listens.
const START: Duration = Duration::from_secs(30);

/// What the process was started with. The manager calls the service in a thread of its own.
static SETTINGS: Mutex<Option<Serve>> = Mutex::new(None);

define_windows_service!(entry, served);

/// Hands this process to the service manager, and returns when the service has been stopped.
///
/// # Errors
/// When somebody else than the service manager started the process.
pub(super) fn run(args: Serve) -> Result<(), Usage> {
    *SETTINGS.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(args);
    let by_hand = |_| Usage::Setting("--service is for the service manager to say: sc.exe start".to_owned());
    service_dispatcher::start(NAME, entry).map_err(by_hand)
}

/// The service itself. Nobody reads what it says: how it ended stands in its status, which `sc.exe query` shows.
fn served(_arguments: Vec<OsString>) {
    let settings = SETTINGS.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
    let (ask, asked) = watch::channel(false);
    let control = move |control| match control {
        ServiceControl::Stop | ServiceControl::Shutdown => {
            let _ = ask.send(true);
            ServiceControlHandlerResult::NoError
        }
        ServiceControl::Interrogate => ServiceControlHandlerResult::NoError,
        _ => ServiceControlHandlerResult::NotImplemented,
    };
    let (Some(settings), Ok(status)) = (settings, service_control_handler::register(NAME, control)) else {
        return;
    };
    tell(&status, ServiceState::StartPending, 0);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let code = match runtime {
        Ok(runtime) => {
            let ready = || tell(&status, ServiceState::Running, 0);
            let ended = runtime.block_on(serve::run_until(settings, asked, ready));
            runtime.shutdown_background();
            ended.map_or(USAGE, u32::from)
        }
        Err(_) => USAGE,
    };
    tell(&status, ServiceState::Stopped, code);
}

fn tell(status: &ServiceStatusHandle, state: ServiceState, code: u32) {
    let running = state == ServiceState::Running;
    let pending = state == ServiceState::StartPending;
    // A status that cannot be set is one that nobody waits for.
    let _ = status.set_service_status(ServiceStatus {
        service_type: ServiceType::OWN_PROCESS,
        current_state: state,
        controls_accepted: if running {
            ServiceControlAccept::STOP | ServiceControlAccept::SHUTDOWN
        } else {
            ServiceControlAccept::empty()
        },
        exit_code: if code == 0 { ServiceExitCode::NO_ERROR } else { ServiceExitCode::ServiceSpecific(code) },
        checkpoint: u32::from(pending),
        wait_hint: if pending { START } else { Duration::ZERO },
        process_id: None,
    });
}
