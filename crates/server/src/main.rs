//! The binary `konektor`.

/// The C library's keeps what it was once given, in a pool a thread: half of a busy server's memory was nobody's.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> std::process::ExitCode {
    konektor::cli::main()
}
