//! Arguments → job → run → problems and outputs → exit status.

use std::process::ExitCode;

fn main() -> ExitCode {
    let today = chrono::Local::now().date_naive();
    ExitCode::from(attain::cli::main(std::env::args_os().collect(), today))
}
