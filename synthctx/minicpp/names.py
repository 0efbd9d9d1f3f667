"""The names that the headers of a C++ program declare, so that it must not declare them."""

from __future__ import annotations

import re

# What g++ 12 with glibc lets a C++11 program with the published headers, or with all standard
# ones, use without a prefix: a global of the same name is ambiguous, a macro spoils any.
_NAMES = """
ADJ_ESTERROR ADJ_FREQUENCY ADJ_MAXERROR ADJ_MICRO ADJ_NANO ADJ_OFFSET ADJ_OFFSET_SINGLESHOT
ADJ_OFFSET_SS_READ ADJ_SETOFFSET ADJ_STATUS ADJ_TAI ADJ_TICK ADJ_TIMECONST AIO_PRIO_DELTA_MAX
ATOMIC_BOOL_LOCK_FREE ATOMIC_CHAR16_T_LOCK_FREE ATOMIC_CHAR32_T_LOCK_FREE ATOMIC_CHAR_LOCK_FREE
ATOMIC_FLAG_INIT ATOMIC_INT_LOCK_FREE ATOMIC_LLONG_LOCK_FREE ATOMIC_LONG_LOCK_FREE
ATOMIC_POINTER_LOCK_FREE ATOMIC_SHORT_LOCK_FREE ATOMIC_VAR_INIT ATOMIC_WCHAR_T_LOCK_FREE
BC_BASE_MAX BC_DIM_MAX BC_SCALE_MAX BC_STRING_MAX BIG_ENDIAN BOOL_MAX BUFSIZ BUS_ADRALN
BUS_ADRERR BUS_MCEERR_AO BUS_MCEERR_AR BUS_OBJERR BYTE_ORDER CHARCLASS_NAME_MAX CHAR_BIT
CHAR_MAX CHAR_MIN CLD_CONTINUED CLD_DUMPED CLD_EXITED CLD_KILLED CLD_STOPPED CLD_TRAPPED
CLOCKS_PER_SEC CLOCK_BOOTTIME CLOCK_BOOTTIME_ALARM CLOCK_MONOTONIC CLOCK_MONOTONIC_COARSE
CLOCK_MONOTONIC_RAW CLOCK_PROCESS_CPUTIME_ID CLOCK_REALTIME CLOCK_REALTIME_ALARM
CLOCK_REALTIME_COARSE CLOCK_TAI CLOCK_THREAD_CPUTIME_ID CLOSE_RANGE_CLOEXEC CLOSE_RANGE_UNSHARE
COLL_WEIGHTS_MAX CPU_ALLOC CPU_ALLOC_SIZE CPU_AND CPU_AND_S CPU_CLR CPU_CLR_S CPU_COUNT
CPU_COUNT_S CPU_EQUAL CPU_EQUAL_S CPU_FREE CPU_ISSET CPU_ISSET_S CPU_OR CPU_OR_S CPU_SET
CPU_SETSIZE CPU_SET_S CPU_XOR CPU_XOR_S CPU_ZERO CPU_ZERO_S CSIGNAL DBL_DIG DBL_EPSILON
DBL_MANT_DIG DBL_MAX DBL_MAX_10_EXP DBL_MAX_EXP DBL_MIN DBL_MIN_10_EXP DBL_MIN_EXP DECIMAL_DIG
DELAYTIMER_MAX E2BIG EACCES EADDRINUSE EADDRNOTAVAIL EADV EAFNOSUPPORT EAGAIN EALREADY EBADE
EBADF EBADFD EBADMSG EBADR EBADRQC EBADSLT EBFONT EBUSY ECANCELED ECHILD ECHRNG ECOMM
ECONNABORTED ECONNREFUSED ECONNRESET EDEADLK EDEADLOCK EDESTADDRREQ EDOM EDOTDOT EDQUOT EEXIST
EFAULT EFBIG EHOSTDOWN EHOSTUNREACH EHWPOISON EIDRM EILSEQ EINPROGRESS EINTR EINVAL EIO EISCONN
EISDIR EISNAM EKEYEXPIRED EKEYREJECTED EKEYREVOKED EL2HLT EL2NSYNC EL3HLT EL3RST ELIBACC ELIBBAD
ELIBEXEC ELIBMAX ELIBSCN ELNRNG ELOOP EMEDIUMTYPE EMFILE EMLINK EMSGSIZE EMULTIHOP ENAMETOOLONG
ENAVAIL ENETDOWN ENETRESET ENETUNREACH ENFILE ENOANO ENOBUFS ENOCSI ENODATA ENODEV ENOENT
ENOEXEC ENOKEY ENOLCK ENOLINK ENOMEDIUM ENOMEM ENOMSG ENONET ENOPKG ENOPROTOOPT ENOSPC ENOSR
ENOSTR ENOSYS ENOTBLK ENOTCONN ENOTDIR ENOTEMPTY ENOTNAM ENOTRECOVERABLE ENOTSOCK ENOTSUP ENOTTY
ENOTUNIQ ENXIO EOF EOPNOTSUPP EOVERFLOW EOWNERDEAD EPERM EPFNOSUPPORT EPIPE EPROTO
EPROTONOSUPPORT EPROTOTYPE ERANGE EREMCHG EREMOTE EREMOTEIO ERESTART ERFKILL EROFS ESHUTDOWN
ESOCKTNOSUPPORT ESPIPE ESRCH ESRMNT ESTALE ESTRPIPE ETIME ETIMEDOUT ETOOMANYREFS ETXTBSY EUCLEAN
EUNATCH EUSERS EWOULDBLOCK EXDEV EXFULL EXIT_FAILURE EXIT_SUCCESS EXPR_NEST_MAX FD_CLR FD_ISSET
FD_SET FD_SETSIZE FD_ZERO FE_ALL_EXCEPT FE_DFL_ENV FE_DFL_MODE FE_DIVBYZERO FE_DOWNWARD
FE_INEXACT FE_INVALID FE_NOMASK_ENV FE_OVERFLOW FE_TONEAREST FE_TOWARDZERO FE_UNDERFLOW
FE_UPWARD FILE FILENAME_MAX FLT_DIG FLT_EPSILON FLT_EVAL_METHOD FLT_MANT_DIG FLT_MAX
FLT_MAX_10_EXP FLT_MAX_EXP FLT_MIN FLT_MIN_10_EXP FLT_MIN_EXP FLT_RADIX FLT_ROUNDS FOPEN_MAX
FPE_CONDTRAP FPE_FLTDIV FPE_FLTINV FPE_FLTOVF FPE_FLTRES FPE_FLTSUB FPE_FLTUND FPE_FLTUNK
FPE_INTDIV FPE_INTOVF FP_ILOGB0 FP_ILOGBNAN FP_INFINITE FP_INT_DOWNWARD FP_INT_TONEAREST
FP_INT_TONEARESTFROMZERO FP_INT_TOWARDZERO FP_INT_UPWARD FP_LLOGB0 FP_LLOGBNAN FP_NAN FP_NORMAL
FP_SUBNORMAL FP_XSTATE_MAGIC1 FP_XSTATE_MAGIC2 FP_XSTATE_MAGIC2_SIZE FP_ZERO F_LOCK F_OK F_TEST
F_TLOCK F_ULOCK HOST_NAME_MAX HUGE_VAL HUGE_VALF HUGE_VALL HUGE_VAL_F128 HUGE_VAL_F32
HUGE_VAL_F32X HUGE_VAL_F64 HUGE_VAL_F64X ILL_BADIADDR ILL_BADSTK ILL_COPROC ILL_ILLADR
ILL_ILLOPC ILL_ILLOPN ILL_ILLTRP ILL_PRVOPC ILL_PRVREG INFINITY INT16_C INT16_MAX INT16_MIN
INT32_C INT32_MAX INT32_MIN INT64_C INT64_MAX INT64_MIN INT8_C INT8_MAX INT8_MIN INTMAX_C
INTMAX_MAX INTMAX_MIN INTPTR_MAX INTPTR_MIN INT_MAX INT_MIN IOV_MAX LC_ADDRESS LC_ALL LC_COLLATE
LC_CTYPE LC_GLOBAL_LOCALE LC_IDENTIFICATION LC_MEASUREMENT LC_MESSAGES LC_MONETARY LC_NAME
LC_NUMERIC LC_PAPER LC_TELEPHONE LC_TIME LDBL_DIG LDBL_EPSILON LDBL_MANT_DIG LDBL_MAX
LDBL_MAX_10_EXP LDBL_MAX_EXP LDBL_MIN LDBL_MIN_10_EXP LDBL_MIN_EXP LINE_MAX LITTLE_ENDIAN
LLONG_MAX LLONG_MIN LOGIN_NAME_MAX LONG_BIT LONG_LONG_MAX LONG_LONG_MIN LONG_MAX LONG_MIN L_INCR
L_SET L_XTND L_ctermid L_cuserid L_tmpnam MATH_ERREXCEPT MATH_ERRNO MAXFLOAT MAX_CANON MAX_INPUT
MB_CUR_MAX MB_LEN_MAX MINSIGSTKSZ MOD_CLKA MOD_CLKB MOD_ESTERROR MOD_FREQUENCY MOD_MAXERROR
MOD_MICRO MOD_NANO MOD_OFFSET MOD_STATUS MOD_TAI MOD_TIMECONST MQ_PRIO_MAX M_1_PI M_2_PI
M_2_SQRTPI M_E M_LN10 M_LN2 M_LOG10E M_LOG2E M_PI M_PI_2 M_PI_4 M_SQRT1_2 M_SQRT2 NAME_MAX NAN
NFDBITS NGREG NGROUPS_MAX NL_ARGMAX NL_LANGMAX NL_MSGMAX NL_NMAX NL_SETMAX NL_TEXTMAX NSIG NULL
NZERO PATH_MAX PDP_ENDIAN PIPE_BUF POLL_ERR POLL_HUP POLL_IN POLL_MSG POLL_OUT POLL_PRI
PTRDIFF_MAX PTRDIFF_MIN P_tmpdir RAND_MAX REG_CR2 REG_CSGSFS REG_EFL REG_ERR REG_OLDMASK REG_R10
REG_R11 REG_R12 REG_R13 REG_R14 REG_R15 REG_R8 REG_R9 REG_RAX REG_RBP REG_RBX REG_RCX REG_RDI
REG_RDX REG_RIP REG_RSI REG_RSP REG_TRAPNO RENAME_EXCHANGE RENAME_NOREPLACE RENAME_WHITEOUT
RE_DUP_MAX RTSIG_MAX R_OK SA_INTERRUPT SA_NOCLDSTOP SA_NOCLDWAIT SA_NODEFER SA_NOMASK SA_ONESHOT
SA_ONSTACK SA_RESETHAND SA_RESTART SA_SIGINFO SA_STACK SCHAR_MAX SCHAR_MIN SEEK_CUR SEEK_DATA
SEEK_END SEEK_HOLE SEEK_SET SEGV_ACCADI SEGV_ACCERR SEGV_ADIDERR SEGV_ADIPERR SEGV_BNDERR
SEGV_MAPERR SEGV_MTEAERR SEGV_MTESERR SEGV_PKUERR SEM_VALUE_MAX SHRT_MAX SHRT_MIN SIGABRT
SIGALRM SIGBUS SIGCHLD SIGCLD SIGCONT SIGEV_NONE SIGEV_SIGNAL SIGEV_THREAD SIGEV_THREAD_ID
SIGFPE SIGHUP SIGILL SIGINT SIGIO SIGIOT SIGKILL SIGPIPE SIGPOLL SIGPROF SIGPWR SIGQUIT SIGRTMAX
SIGRTMIN SIGSEGV SIGSTKFLT SIGSTKSZ SIGSTOP SIGSYS SIGTERM SIGTRAP SIGTSTP SIGTTIN SIGTTOU
SIGURG SIGUSR1 SIGUSR2 SIGVTALRM SIGWINCH SIGXCPU SIGXFSZ SIG_ATOMIC_MAX SIG_ATOMIC_MIN
SIG_BLOCK SIG_DFL SIG_ERR SIG_HOLD SIG_IGN SIG_SETMASK SIG_UNBLOCK SIZE_MAX SI_ASYNCIO
SI_ASYNCNL SI_DETHREAD SI_KERNEL SI_MESGQ SI_QUEUE SI_SIGIO SI_TIMER SI_TKILL SI_USER SNAN SNANF
SNANF128 SNANF32 SNANF32X SNANF64 SNANF64X SNANL SSIZE_MAX SS_DISABLE SS_ONSTACK STA_CLK
STA_CLOCKERR STA_DEL STA_FLL STA_FREQHOLD STA_INS STA_MODE STA_NANO STA_PLL STA_PPSERROR
STA_PPSFREQ STA_PPSJITTER STA_PPSSIGNAL STA_PPSTIME STA_PPSWANDER STA_RONLY STA_UNSYNC
STDERR_FILENO STDIN_FILENO STDOUT_FILENO TEMP_FAILURE_RETRY TIMER_ABSTIME TIME_UTC TMP_MAX
TRAP_BRANCH TRAP_BRKPT TRAP_HWBKPT TRAP_TRACE TRAP_UNK TTY_NAME_MAX UCHAR_MAX UINT16_C
UINT16_MAX UINT32_C UINT32_MAX UINT64_C UINT64_MAX UINT8_C UINT8_MAX UINTMAX_C UINTMAX_MAX
UINTPTR_MAX UINT_MAX ULLONG_MAX ULONG_LONG_MAX ULONG_MAX USHRT_MAX WCHAR_MAX WCHAR_MIN
WCONTINUED WEOF WEXITED WEXITSTATUS WIFCONTINUED WIFEXITED WIFSIGNALED WIFSTOPPED WINT_MAX
WINT_MIN WNOHANG WNOWAIT WORD_BIT WSTOPPED WSTOPSIG WTERMSIG WUNTRACED W_OK XATTR_LIST_MAX
XATTR_NAME_MAX XATTR_SIZE_MAX X_OK a64l abort abs access acct accumulate acos acosh add_const
add_cv add_lvalue_reference add_pointer add_rvalue_reference add_volatile addressof
adjacent_difference adjacent_find adopt_lock adopt_lock_t advance alarm align aligned_alloc
aligned_storage aligned_union alignment_of all_of alloca allocate_shared allocator allocator_arg
allocator_arg_t allocator_traits any_of arc4random arc4random_buf arc4random_uniform arg array
asctime asin asinh asprintf assert assert_perror async at_quick_exit atan atan2 atanh atexit
atof atoi atol atomic atomic_bool atomic_char atomic_char16_t atomic_char32_t
atomic_compare_exchange_strong atomic_compare_exchange_strong_explicit
atomic_compare_exchange_weak atomic_compare_exchange_weak_explicit atomic_exchange
atomic_exchange_explicit atomic_fetch_add atomic_fetch_add_explicit atomic_fetch_and
atomic_fetch_and_explicit atomic_fetch_or atomic_fetch_or_explicit atomic_fetch_sub
atomic_fetch_sub_explicit atomic_fetch_xor atomic_fetch_xor_explicit atomic_flag
atomic_flag_clear atomic_flag_clear_explicit atomic_flag_test_and_set
atomic_flag_test_and_set_explicit atomic_init atomic_int atomic_int16_t atomic_int32_t
atomic_int64_t atomic_int8_t atomic_int_fast16_t atomic_int_fast32_t atomic_int_fast64_t
atomic_int_fast8_t atomic_int_least16_t atomic_int_least32_t atomic_int_least64_t
atomic_int_least8_t atomic_intmax_t atomic_intptr_t atomic_is_lock_free atomic_llong atomic_load
atomic_load_explicit atomic_long atomic_ptrdiff_t atomic_schar atomic_short atomic_signal_fence
atomic_size_t atomic_store atomic_store_explicit atomic_thread_fence atomic_uchar atomic_uint
atomic_uint16_t atomic_uint32_t atomic_uint64_t atomic_uint8_t atomic_uint_fast16_t
atomic_uint_fast32_t atomic_uint_fast64_t atomic_uint_fast8_t atomic_uint_least16_t
atomic_uint_least32_t atomic_uint_least64_t atomic_uint_least8_t atomic_uintmax_t
atomic_uintptr_t atomic_ullong atomic_ulong atomic_ushort atomic_wchar_t atto auto_ptr
auto_ptr_ref back_insert_iterator back_inserter bad_alloc bad_array_new_length bad_cast
bad_exception bad_function_call bad_typeid bad_weak_ptr basename basic_filebuf basic_fstream
basic_ifstream basic_ios basic_iostream basic_istream basic_istringstream basic_ofstream
basic_ostream basic_ostringstream basic_regex basic_streambuf basic_string basic_stringbuf
basic_stringstream bcmp bcopy be16toh be32toh be64toh begin bernoulli_distribution
bidirectional_iterator_tag binary_function binary_negate binary_search bind bind1st bind2nd
bind_textdomain_codeset binder1st binder2nd bindtextdomain binomial_distribution bit_and bit_not
bit_or bit_xor bitset blkcnt64_t blkcnt_t blksize_t boolalpha brk bsearch btowc bzero c16rtomb
c32rtomb c8rtomb caddr_t call_once calloc canonicalize canonicalize_file_name
cauchy_distribution cbrt ceil centi cerr char8_t char_traits chdir chi_squared_distribution
chown chrono chroot cin clearenv clearerr clock clock_adjtime clock_getcpuclockid clock_getres
clock_gettime clock_nanosleep clock_settime clock_t clockid_t clog clone close close_range
closefrom cmatch codecvt codecvt_base codecvt_byname codecvt_mode codecvt_utf16 codecvt_utf8
codecvt_utf8_utf16 collate collate_byname common_type comparison_fn_t complex condition_variable
condition_variable_any conditional confstr conj const_mem_fun1_ref_t const_mem_fun1_t
const_mem_fun_ref_t const_mem_fun_t const_pointer_cast consume_header cookie_close_function_t
cookie_io_functions_t cookie_read_function_t cookie_seek_function_t cookie_write_function_t copy
copy_backward copy_file_range copy_if copy_n copysign cos cosh count count_if cout cpu_set_t
cref cregex_iterator cregex_token_iterator crypt csub_match ctermid ctime ctype ctype_base
ctype_byname current_exception cuserid cv_status daddl daddr_t daemon dcgettext dcngettext ddivl
dec deca decay deci declare_no_pointers declare_reachable declval default_delete
default_random_engine defaultfloat defer_lock defer_lock_t denorm_absent denorm_indeterminate
denorm_present deque dev_t dfmal dgettext difftime discard_block_engine discrete_distribution
distance div div_t divides dmull dngettext domain_error double_t dprintf drand48 drem dsqrtl
dsubl dup dup2 dup3 duplocale dynamic_pointer_cast dysize eaccess ecvt enable_if
enable_shared_from_this end ends endusershell environ equal equal_range equal_to erand48 erf
erfc errc errno error_category error_code error_condition error_t euidaccess exa exception
exception_ptr execl execle execlp execv execve execveat execvp execvpe exit exp exp10 exp2
explicit_bzero expm1 exponential_distribution extent extreme_value_distribution fabs faccessat
fadd false_type fchdir fchown fchownat fclose fcloseall fcvt fd_mask fd_set fdatasync fdim fdiv
fdopen feclearexcept fedisableexcept feenableexcept fegetenv fegetexcept fegetexceptflag
fegetmode fegetround feholdexcept femode_t femto fenv_t feof feraiseexcept ferror fesetenv
fesetexcept fesetexceptflag fesetmode fesetround fetestexcept fetestexceptflag feupdateenv
fexcept_t fexecve fflush ffma ffs fgetc fgetpos fgetpos64 fgets fgetwc fgetws filebuf fileno
fill fill_n find find_end find_first_of find_if find_if_not finite fisher_f_distribution fixed
float_denorm_style float_round_style float_t flockfile floor flush fma fmax fmaximum
fmaximum_mag fmaximum_mag_num fmaximum_num fmaxmag fmemopen fmin fminimum fminimum_mag
fminimum_mag_num fminimum_num fminmag fmod fmul fopen fopen64 fopencookie for_each fork forward
forward_as_tuple forward_iterator_tag forward_list fpathconf fpclassify fpos fpos64_t fpos_t
fpregset_t fprintf fputc fputs fputwc fputws fread free freelocale freopen freopen64 frexp
fromfp fromfpx front_insert_iterator front_inserter fsblkcnt64_t fsblkcnt_t fscanf fseek fseeko
fseeko64 fsetpos fsetpos64 fsfilcnt64_t fsfilcnt_t fsid_t fsqrt fstream fsub fsync ftell ftello
ftello64 ftruncate ftruncate64 ftrylockfile function funlockfile future future_category
future_errc future_error future_status fwide fwprintf fwrite fwscanf gamma gamma_distribution
gcvt generate generate_canonical generate_header generate_n generic_category
geometric_distribution get get_current_dir_name get_deleter get_money get_new_handler
get_pointer_safety get_temporary_buffer get_terminate get_time get_unexpected getc getchar
getcpu getcwd getdate getdelim getdomainname getdtablesize getegid getentropy getenv geteuid
getgid getgroups gethostid gethostname getline getloadavg getlogin getopt getpagesize getpass
getpayload getpgid getpgrp getpid getppid getpt getresgid getresuid gets getsid getsubopt
gettext gettid getuid getusershell getw getwc getwchar getwd gid_t giga gmtime grantpt greater
greater_equal greg_t gregset_t group_member gsignal gslice gslice_array has_facet
has_virtual_destructor hash hecto hex hexfloat htobe16 htobe32 htobe64 htole16 htole32 htole64
hypot id_t ifstream ignore ilogb imag imaxabs imaxdiv imaxdiv_t includes independent_bits_engine
index indirect_array initializer_list initstate inner_product ino64_t ino_t inplace_merge
input_iterator_tag insert_iterator inserter int16_t int32_t int64_t int8_t int_fast16_t
int_fast32_t int_fast64_t int_fast8_t int_least16_t int_least32_t int_least64_t int_least8_t
integral_constant internal intmax_t intptr_t invalid_argument io_errc ios ios_base iostream
iostream_category iota isalnum isalpha isascii isatty isblank iscanonical iscntrl isctype
isdigit iseqsig isfinite isgraph isgreater isgreaterequal isinf isless islessequal islessgreater
islower isnan isnormal isprint ispunct issignaling isspace issubnormal istream istream_iterator
istreambuf_iterator istringstream isunordered isupper isxdigit iszero iter_swap iterator
iterator_traits j0 j1 jmp_buf jn jrand48 key_t kill kill_dependency killpg kilo knuth_b l64a
labs launch lchown lcong48 lconv ldexp ldiv ldiv_t le16toh le32toh le64toh left length_error
less less_equal lexicographical_compare lgamma linear_congruential_engine link linkat list
little_endian llabs lldiv lldiv_t llogb llrint llround locale locale_t localeconv localtime lock
lock_guard loff_t log log10 log1p log2 logb logic_error logical_and logical_not logical_or
lognormal_distribution longjmp lower_bound lrand48 lrint lround lseek lseek64 make_error_code
make_error_condition make_exception_ptr make_heap make_move_iterator make_pair make_shared
make_signed make_tuple make_unsigned malloc map mask_array match_results math_errhandling max
max_align_t max_element mblen mbrlen mbrtoc16 mbrtoc32 mbrtoc8 mbrtowc mbsinit mbsnrtowcs
mbsrtowcs mbstate_t mbstowcs mbtowc mcontext_t mega mem_fn mem_fun mem_fun1_ref_t mem_fun1_t
mem_fun_ref mem_fun_ref_t mem_fun_t memccpy memchr memcmp memcpy memfrob memmem memmove
memory_order memory_order_acq_rel memory_order_acquire memory_order_consume memory_order_relaxed
memory_order_release memory_order_seq_cst mempcpy memrchr memset merge mersenne_twister_engine
messages messages_base messages_byname micro milli min min_element minmax minmax_element
minstd_rand minstd_rand0 minus mismatch mkdtemp mkostemp mkostemp64 mkostemps mkostemps64
mkstemp mkstemp64 mkstemps mkstemps64 mktemp mktime mode_t modf modulus money_base money_get
money_put moneypunct moneypunct_byname move move_backward move_if_noexcept move_iterator mrand48
mt19937 mt19937_64 multimap multiplies multiset mutex nan nano nanosleep nearbyint negate
negative_binomial_distribution nested_exception new_handler newlocale next next_permutation
nextafter nextdown nexttoward nextup ngettext nice nlink_t noboolalpha none_of norm
normal_distribution noshowbase noshowpoint noshowpos noskipws not1 not2 not_equal_to nothrow
nothrow_t notify_all_at_thread_exit nounitbuf nouppercase nrand48 nth_element nullptr_t num_get
num_put numeric_limits numpunct numpunct_byname obstack_printf obstack_vprintf oct off_t
offsetof ofstream on_exit once_flag open_memstream open_wmemstream optarg ostream
ostream_iterator ostreambuf_iterator ostringstream out_of_range output_iterator_tag
overflow_error owner_less packaged_task pair partial_sort partial_sort_copy partial_sum
partition partition_copy partition_point pathconf pause pclose perror peta pico pid_t
piecewise_constant_distribution piecewise_construct piecewise_construct_t
piecewise_linear_distribution pipe pipe2 placeholders plus pointer_safety
pointer_to_binary_function pointer_to_unary_function pointer_traits poisson_distribution polar
pop_heap popen posix_memalign posix_openpt pow pread pread64 prev prev_permutation printf
priority_queue profil program_invocation_name program_invocation_short_name proj promise pselect
psiginfo psignal ptr_fun ptrdiff_t ptsname push_heap put_money put_time putc putchar putenv puts
putw putwc putwchar pwrite pwrite64 qecvt qfcvt qgcvt qsort quad_t queue quick_exit raise rand
random random_access_iterator_tag random_device random_shuffle range_error rank ranlux24
ranlux24_base ranlux48 ranlux48_base ratio ratio_add ratio_divide ratio_equal ratio_greater
ratio_greater_equal ratio_less ratio_less_equal ratio_multiply ratio_not_equal ratio_subtract
raw_storage_iterator rawmemchr read readlink readlinkat real realloc reallocarray realpath
recursive_mutex recursive_timed_mutex ref reference_wrapper regex regex_constants regex_error
regex_iterator regex_match regex_replace regex_search regex_token_iterator regex_traits
register_t rel_ops remainder remove remove_all_extents remove_const remove_copy remove_copy_if
remove_cv remove_extent remove_if remove_pointer remove_reference remove_volatile remquo rename
renameat renameat2 replace replace_copy replace_copy_if replace_if resetiosflags result_of
rethrow_exception rethrow_if_nested return_temporary_buffer reverse reverse_copy
reverse_iterator revoke rewind right rindex rint rmdir rotate rotate_copy round
round_indeterminate round_to_nearest round_toward_infinity round_toward_neg_infinity
round_toward_zero roundeven rpmatch runtime_error sbrk scalb scalbln scalbn scanf scientific
scoped_allocator_adaptor search search_n secure_getenv seed48 seed_seq select set set_difference
set_intersection set_new_handler set_symmetric_difference set_terminate set_unexpected set_union
setbase setbuf setbuffer setdomainname setegid setenv seteuid setfill setgid sethostid
sethostname setiosflags setjmp setlinebuf setlocale setlogin setns setpayload setpayloadsig
setpgid setpgrp setprecision setregid setresgid setresuid setreuid setsid setstate setuid
setusershell setvbuf setw shared_future shared_ptr showbase showpoint showpos shuffle
shuffle_order_engine sin sincos sinh size_t skipws sleep slice slice_array smatch snprintf
socklen_t sort sort_heap sprintf sqrt srand srand48 srandom sregex_iterator
sregex_token_iterator sscanf ssignal ssize_t ssub_match stable_partition stable_sort stack
stack_t static_pointer_cast std stderr stdin stdout stod stof stoi stol stold stoul stpcpy
stpncpy strcasecmp strcasestr strcat strchr strchrnul strcmp strcoll strcpy strcspn strdup
strdupa streambuf streamoff streampos streamsize strerror strfromd strfromf strfroml strfry
strftime string stringbuf stringstream strlen strncasecmp strncat strncmp strncpy strndup
strndupa strnlen strpbrk strptime strrchr strsep strsignal strspn strstr strverscmp strxfrm
student_t_distribution sub_match subtract_with_carry_engine suseconds_t swab swap swap_ranges
swprintf swscanf symlink symlinkat sync syncfs syscall sysconf system system_category
system_error sysv_signal tan tanh tcgetpgrp tcsetpgrp tempnam tera terminate terminate_handler
textdomain tgamma tgkill this_thread thread throw_with_nested tie time time_base time_get
time_get_byname time_put time_put_byname time_t timed_mutex timegm timelocal timespec_get
timespec_getres timezone tm tmpfile tmpfile64 tmpnam to_string to_wstring toascii tolower
totalorder totalordermag toupper transform true_type trunc truncate truncate64 try_lock
try_to_lock try_to_lock_t ttyname ttyslot tuple tuple_cat tuple_element tuple_size type_index
type_info tzname tzset u16streampos u16string u32streampos u32string u_char u_int u_int16_t
u_int32_t u_int64_t u_int8_t u_long u_quad_t u_short ualarm ucontext_t ufromfp ufromfpx uid_t
uint uint16_t uint32_t uint64_t uint8_t uint_fast16_t uint_fast32_t uint_fast64_t uint_fast8_t
uint_least16_t uint_least32_t uint_least64_t uint_least8_t uintmax_t uintptr_t ulong
unary_function unary_negate uncaught_exception undeclare_no_pointers undeclare_reachable
underflow_error underlying_type unexpected unexpected_handler ungetc ungetwc
uniform_int_distribution uniform_real_distribution uninitialized_copy uninitialized_copy_n
uninitialized_fill uninitialized_fill_n unique unique_copy unique_lock unique_ptr unitbuf unlink
unlinkat unlockpt unordered_map unordered_multimap unordered_multiset unordered_set unsetenv
unshare upper_bound uppercase use_facet useconds_t uselocale uses_allocator ushort usleep va_arg
va_copy va_end va_list va_start valarray valloc vasprintf vdprintf vector vfork vfprintf vfscanf
vfwprintf vfwscanf vhangup vprintf vscanf vsnprintf vsprintf vsscanf vswprintf vswscanf vwprintf
vwscanf wbuffer_convert wcerr wcin wclog wcmatch wcout wcpcpy wcpncpy wcregex_iterator
wcregex_token_iterator wcrtomb wctob wctomb wctrans wctrans_t wctype wctype_t wcwidth weak_ptr
weibull_distribution wfilebuf wfstream wifstream wint_t wios wiostream wistream wistringstream
wofstream wostream wostringstream wprintf wregex write ws wscanf wsmatch wsregex_iterator
wsregex_token_iterator wssub_match wstreambuf wstreampos wstring wstring_convert wstringbuf
wstringstream y0 y1 yn
"""
HEADER_NAMES = frozenset(_NAMES.split())

# Families of names that are not listed one by one, and system names of other versions.
_FAMILIES = re.compile(
    r"_|.*(?:_[a-z]{1,2}|_np|_t|_unlocked|[0-9]x?|[fl])\Z|[A-Z0-9]+_[A-Z0-9_]*\Z|[A-Z0-9]+\Z"
    r"|pthread|sched|wcs|wmem|isw|tow|is_|timer_|strto|sig|s[ai]_|M_|PRI|SCN"
)


def is_header_name(name: str) -> bool:
    """Tell whether a header surely declares a name."""
    return name in HEADER_NAMES


def may_be_header_name(name: str) -> bool:
    """Tell whether some header could declare a name; False is certain."""
    return name in HEADER_NAMES or _FAMILIES.match(name) is not None
