//! The function that runs, in the stacks that `pprof` samples by frame pointers. A part of `measurand`, whose module
//! `profile` is what people use.
//!
//! `pprof` walks a stack from the frame pointer on, and so begins with the address that the running function returns
//! to: the function itself is missing, and its time is its caller's. The signal says where the thread was, though. So
//! the handler here stands before that of `pprof`, and shows it a stack with one frame more: on that frame lies where
//! the thread was, and the frame pointer that it had.

#![cfg(target_os = "linux")]

use std::io;

/// Makes stacks begin with the function that runs, until `pprof` handles the signal anew: call it after each start of
/// a profile.
///
/// On processors other than x86-64 and 64-bit Arm it does nothing.
///
/// # Errors
///
/// If nothing handles `SIGPROF` as `pprof` does, or the system refuses a handler.
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

    /// A handler that is told where the thread was.
    type Handler = extern "C" fn(c_int, *mut libc::siginfo_t, *mut libc::c_void);

    /// The address of the handler that walks stacks; 0 before there is one.
    static WALKER: AtomicUsize = AtomicUsize::new(0);

    /// What a function leaves on the stack by its first instructions, and its frame pointer points to.
    #[repr(C)]
    struct Frame {
        caller: usize,
        returns_to: usize,
    }

    pub(super) fn install() -> io::Result<()> {
        let mut action = MaybeUninit::<libc::sigaction>::uninit();
        // SAFETY: asks what handles the signal, and changes nothing.
        let result = unsafe { libc::sigaction(libc::SIGPROF, ptr::null(), action.as_mut_ptr()) };
        if result != 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: it was written, since there was no error.
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
        // A walk ends where an address is below the one before it: the added frame has to be on the stack of the
        // thread, whose top is where the handler runs.
        action.sa_flags &= !libc::SA_ONSTACK;
        // SAFETY: the handler is one that takes three arguments, as `SA_SIGINFO` says, and does only what a handler
        // may do: it reads an atomic, and calls the handler that was there before.
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
        // SAFETY: `install` has stored the address of a function that handles signals with three arguments.
        let walker = unsafe { mem::transmute::<usize, Handler>(walker) };
        // SAFETY: the third argument of such a handler is a context, which is the handler's alone while it runs.
        let context = unsafe { &mut *context.cast::<libc::ucontext_t>() };
        let frame_pointer = frame_pointer(context);
        // An address on a stack is taken for where a call returns to, which is after the call.
        let frame = Frame { caller: frame_pointer, returns_to: address(context) + 1 };
        set_frame_pointer(context, ptr::from_ref(&frame) as usize);
        walker(signal, info, ptr::from_mut(context).cast());
        // The thread goes on with what is in the context.
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
