//! Adds the innermost function to stacks that `pprof` samples by frame pointers. This is a part of
//! `measurand`; use its module `profile` instead.
//!
//! `pprof` walks a stack starting at the frame pointer, so its first address is the one that the
//! running function returns to: the function itself is missing, and its time is attributed to its
//! caller. The signal context contains the address where the thread was interrupted, though. So the
//! handler in this crate runs before that of `pprof`, and passes it a stack with an additional
//! frame, which holds this address and the original frame pointer.

#![cfg(target_os = "linux")]

use std::io;

/// Makes stacks begin with the running function, until `pprof` installs its signal handler again:
/// call it after each start of a profile.
///
/// It does nothing on architectures other than x86-64 and AArch64.
///
/// # Errors
///
/// Returns an error if `SIGPROF` has no handler like that of `pprof`, or if the system refuses to
/// install one.
///
/// ```
/// // No profile has been started.
/// # #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
/// assert!(measurand_sampling::include_innermost().is_err());
/// ```
pub fn include_innermost() -> io::Result<()> {
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    return handler::install();
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    return Ok(());
}

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod handler {
    use std::ffi::c_int;
    use std::mem::MaybeUninit;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::{io, mem, ptr};

    /// A signal handler with three arguments, the last of which is the context.
    type Handler = extern "C" fn(c_int, *mut libc::siginfo_t, *mut libc::c_void);

    /// The address of the handler that walks stacks, or 0 if there is none.
    static WALKER: AtomicUsize = AtomicUsize::new(0);

    /// The part of a stack frame that the frame pointer points to.
    #[repr(C)]
    struct Frame {
        caller: usize,
        returns_to: usize,
    }

    pub(super) fn install() -> io::Result<()> {
        let mut action = MaybeUninit::<libc::sigaction>::uninit();
        // SAFETY: this only reads the current action into valid memory.
        let result = unsafe { libc::sigaction(libc::SIGPROF, ptr::null(), action.as_mut_ptr()) };
        if result != 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the call succeeded, so `action` was written.
        let mut action = unsafe { action.assume_init() };
        let own = handle as *const () as usize;
        if action.sa_sigaction == own {
            return Ok(());
        }
        let is_none = [libc::SIG_DFL, libc::SIG_IGN].contains(&action.sa_sigaction);
        if is_none || action.sa_flags & libc::SA_SIGINFO == 0 {
            return Err(io::Error::other("no profiler handles SIGPROF"));
        }
        WALKER.store(action.sa_sigaction, Ordering::Release);
        action.sa_sigaction = own;
        // A walk ends when an address is below the previous one, so the additional frame must be on
        // the stack of the thread, below all others. That is where the handler runs without
        // `SA_ONSTACK`.
        action.sa_flags &= !libc::SA_ONSTACK;
        // SAFETY: the handler takes three arguments, as `SA_SIGINFO` requires, and is
        // async-signal-safe: it reads an atomic, and calls the previous handler.
        match unsafe { libc::sigaction(libc::SIGPROF, &action, ptr::null_mut()) } {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    }

    extern "C" fn handle(signal: c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
        let walker = WALKER.load(Ordering::Acquire);
        if walker == 0 || context.is_null() {
            return;
        }
        // SAFETY: `install` stored the address of a signal handler with three arguments.
        let walker = unsafe { mem::transmute::<usize, Handler>(walker) };
        // SAFETY: the third argument of such a handler points to a context, which nothing else
        // accesses while it runs.
        let context = unsafe { &mut *context.cast::<libc::ucontext_t>() };
        let frame_pointer = frame_pointer(context);
        // Walkers take an address on the stack for a return address, and look up the byte before
        // it.
        let frame = Frame { caller: frame_pointer, returns_to: address(context) + 1 };
        set_frame_pointer(context, ptr::from_ref(&frame) as usize);
        walker(signal, info, ptr::from_mut(context).cast());
        // Restored, since the thread continues with the registers of the context.
        set_frame_pointer(context, frame_pointer);
    }

    #[cfg(target_arch = "x86_64")]
    fn address(context: &libc::ucontext_t) -> usize {
        context.uc_mcontext.gregs[libc::REG_RIP as usize] as usize
    }

    #[cfg(target_arch = "x86_64")]
    fn frame_pointer(context: &libc::ucontext_t) -> usize {
        context.uc_mcontext.gregs[libc::REG_RBP as usize] as usize
    }

    #[cfg(target_arch = "x86_64")]
    fn set_frame_pointer(context: &mut libc::ucontext_t, to: usize) {
        context.uc_mcontext.gregs[libc::REG_RBP as usize] = to as i64;
    }

    #[cfg(target_arch = "aarch64")]
    fn address(context: &libc::ucontext_t) -> usize {
        context.uc_mcontext.pc as usize
    }

    #[cfg(target_arch = "aarch64")]
    fn frame_pointer(context: &libc::ucontext_t) -> usize {
        context.uc_mcontext.regs[29] as usize
    }

    #[cfg(target_arch = "aarch64")]
    fn set_frame_pointer(context: &mut libc::ucontext_t, to: usize) {
        context.uc_mcontext.regs[29] = to as u64;
    }
}
