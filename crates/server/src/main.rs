//! The binary `konektor`.

/// A tenth of a click's time is the allocator; this one halves it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    konektor::cli::main()
}
