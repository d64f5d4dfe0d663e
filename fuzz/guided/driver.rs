//! libFuzzer, driven from within a program: <https://llvm.org/docs/LibFuzzer.html#using-libfuzzer-as-a-library>.

use std::ffi::{CString, c_char, c_int};
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

// For the C++ that it links.
use libfuzzer_sys as _;

type TryOne<'a> = &'a mut dyn FnMut(&[u8]);

unsafe extern "C" {
    fn LLVMFuzzerRunDriver(
        argc: *mut c_int,
        argv: *mut *mut *mut c_char,
        try_one: extern "C" fn(*const u8, usize) -> c_int,
    ) -> c_int;
}

/// What is tried now. The callback takes no context of its own.
static TRIED: AtomicPtr<TryOne<'static>> = AtomicPtr::new(ptr::null_mut());

extern "C" fn try_one(data: *const u8, size: usize) -> c_int {
    let bytes = if size == 0 {
        &[]
    } else {
        // SAFETY: libFuzzer gives `size` bytes that stay as they are during the call.
        unsafe { std::slice::from_raw_parts(data, size) }
    };
    // SAFETY: `drive` put it there, waits until all is tried, and only its thread tries anything.
    if let Some(tried) = unsafe { TRIED.load(Ordering::Relaxed).as_mut() } {
        tried(bytes);
    }
    0
}

/// Lets libFuzzer make inputs, with these options, and tries each. Ends the program when all is tried.
#[expect(clippy::disallowed_methods, reason = "libFuzzer ends the program as well, on most ways")]
pub fn drive(options: &[String], tried: &mut dyn FnMut(&[u8])) {
    let mut tried: TryOne<'_> = tried;
    TRIED.store((&raw mut tried).cast(), Ordering::Relaxed);
    let options = std::iter::once("guided").chain(options.iter().map(String::as_str));
    let options: Vec<CString> = options.map(|option| CString::new(option).expect("no zero in it")).collect();
    let mut argv: Vec<*mut c_char> = options.iter().map(|option| option.as_ptr().cast_mut()).collect();
    let mut argc = c_int::try_from(argv.len()).expect("a few options");
    argv.push(ptr::null_mut());
    let mut argv = argv.as_mut_ptr();
    // SAFETY: the arguments are those of a program, and outlive the call.
    let code = unsafe { LLVMFuzzerRunDriver(&raw mut argc, &raw mut argv, try_one) };
    std::process::exit(code);
}
