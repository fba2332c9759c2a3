//! The program. Everything it can do is in `sellerbook::cli`.

use std::process::ExitCode;

/// A quarter less processor time for a page of a list than the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    sellerbook::cli::main()
}
