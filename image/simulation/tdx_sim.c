// SPDX-License-Identifier: GPL-2.0
/*
 * tdx_sim - test-only stand-in for the TDX module and the VMM.
 *
 * The stock, Debian-signed tdx-guest.ko is loaded unmodified on top.  It only
 * talks to TDX through three functions exported by vmlinux; those are
 * redirected here with ftrace:
 *
 *	tdx_mcall_get_report0()   TDG.MR.REPORT          -> sim_get_report0()
 *	tdx_mcall_extend_rtmr()   TDG.MR.RTMR.EXTEND     -> sim_extend_rtmr()
 *	tdx_hcall_get_quote()     TDG.VP.VMCALL<GetQuote> -> sim_get_quote()
 *
 * so /dev/tdx_guest, configfs-tsm and the measurement attributes are the real
 * kernel code.  X86_FEATURE_TDX_GUEST is raised only while tdx_guest runs its
 * init function.  GetQuote is forwarded to a user-space pump through
 * /dev/tdx_sim_vmm (see pump.c).
 *
 * With old_driver=1 the stock driver finds no TDX, and /dev/tdx_guest is the
 * one of dstack OS 0.5, which has ioctls for TDREPORT and for extending, and
 * no measurement attributes.  Quotes still come by configfs-tsm, because those
 * kernels get them over a vsock to the host.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt
#include <linux/version.h>
#include <linux/module.h>
#include <linux/ftrace.h>
#include <linux/miscdevice.h>
#include <linux/fs.h>
#include <linux/hex.h>
#include <linux/poll.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/tsm.h>
#include <linux/uaccess.h>
#include <linux/wait.h>
#include <linux/random.h>
#include <crypto/sha2.h>
#include <asm/cpufeature.h>
#include <asm/tdx.h>
#include <uapi/linux/tdx-guest.h>

/* ---- digest helpers: library since 6.17, crypto API before --------------- */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 17, 0)
static int digest384(const u8 *a, size_t an, const u8 *b, size_t bn, u8 *out)
{
	struct sha384_ctx c;

	sha384_init(&c);
	sha384_update(&c, a, an);
	sha384_update(&c, b, bn);
	sha384_final(&c, out);
	return 0;
}
#else
#include <crypto/hash.h>
static int digest384(const u8 *a, size_t an, const u8 *b, size_t bn, u8 *out)
{
	struct crypto_shash *t = crypto_alloc_shash("sha384", 0, 0);
	int rc;

	if (IS_ERR(t))
		return PTR_ERR(t);
	{
		SHASH_DESC_ON_STACK(d, t);
		d->tfm = t;
		rc = crypto_shash_init(d) ?: crypto_shash_update(d, a, an) ?:
		     crypto_shash_finup(d, b, bn, out);
	}
	crypto_free_shash(t);
	return rc;
}
#endif

/* ---- TD state ------------------------------------------------------------ */
struct tdinfo {			/* TDINFO_STRUCT, 512 bytes */
	__le64 attributes, xfam;
	u8 mrtd[48], mrconfigid[48], mrowner[48], mrownerconfig[48];
	u8 rtmr[4][48], servtd_hash[48], rsvd[64];
} __packed;
static_assert(sizeof(struct tdinfo) == 512);

struct tdreport {		/* TDREPORT_STRUCT, 1024 bytes */
	u8 type[4], rsvd1[12], cpusvn[16];
	u8 tee_tcb_info_hash[48], tee_info_hash[48], reportdata[64];
	u8 rsvd2[32], mac[32];
	u8 tee_tcb_info[239], rsvd3[17];
	struct tdinfo td;
} __packed;
static_assert(sizeof(struct tdreport) == 1024);

static struct tdinfo td;
static DEFINE_SPINLOCK(td_lock);

static unsigned long attributes = 0x10000000;	/* SEPT_VE_DISABLE */
module_param(attributes, ulong, 0444);
static unsigned long xfam = 0xe702e7;
module_param(xfam, ulong, 0444);
#define HEXPARAM(n) static char *n; module_param(n, charp, 0444)
HEXPARAM(mrtd); HEXPARAM(mrconfigid); HEXPARAM(mrowner); HEXPARAM(mrownerconfig);
HEXPARAM(rtmr0); HEXPARAM(rtmr1); HEXPARAM(rtmr2); HEXPARAM(rtmr3);
static char *mac_key = "tdx-sim development MAC key";
module_param(mac_key, charp, 0400);
static unsigned int sync_ms = 800;	/* 0: always complete asynchronously */
module_param(sync_ms, uint, 0644);
static unsigned int fail_tdcall;	/* fault injection: next N TDCALLs return -EIO */
module_param(fail_tdcall, uint, 0644);
static bool old_driver;
module_param(old_driver, bool, 0444);

static int sim_get_report0(u8 *reportdata, u8 *out)
{
	struct tdreport *r;
	u8 h[64];

	if (fail_tdcall && fail_tdcall--)
		return -EIO;
	r = kzalloc(sizeof(*r), GFP_KERNEL);
	if (!r)
		return -EIO;
	r->type[0] = 0x81;			/* TDX, subtype 0, version 0 */
	memcpy(r->reportdata, reportdata, 64);	/* may alias out */
	r->tee_tcb_info[0] = 0xff;		/* VALID = 0x301ff */
	r->tee_tcb_info[1] = 0x01;
	r->tee_tcb_info[2] = 0x03;
	spin_lock(&td_lock);
	r->td = td;
	spin_unlock(&td_lock);
	digest384(r->tee_tcb_info, 239, NULL, 0, r->tee_tcb_info_hash);
	digest384((u8 *)&r->td, 512, NULL, 0, r->tee_info_hash);
	digest384(mac_key, strlen(mac_key), (u8 *)r, offsetof(struct tdreport, mac), h);
	memcpy(r->mac, h, 32);
	memcpy(out, r, sizeof(*r));
	kfree(r);
	return 0;
}

static int sim_extend_rtmr(u8 index, u8 *data)
{
	u8 h[48];
	int rc;

	if (fail_tdcall && fail_tdcall--)
		return -EIO;
	if (index > 3)
		return -ENXIO;			/* TDCALL_INVALID_OPERAND */
	rc = digest384(td.rtmr[index], 48, data, 48, h); /* driver holds mr_lock */
	if (rc)
		return -EIO;
	spin_lock(&td_lock);
	memcpy(td.rtmr[index], h, 48);
	spin_unlock(&td_lock);
	return 0;
}

/* ---- GetQuote: shared buffer handed to the user-space pump ---------------- */
struct quote_buf { u64 version, status; u32 in_len, out_len; u8 data[]; };
#define QUOTE_IN_FLIGHT		(~0ULL)
#define QUOTE_ERROR		0x8000000000000000ULL
#define QUOTE_UNAVAILABLE	0x8000000000000001ULL

static DEFINE_MUTEX(q_lock);
static DECLARE_WAIT_QUEUE_HEAD(q_req);	/* pump waits for a request */
static DECLARE_WAIT_QUEUE_HEAD(q_done);	/* GetQuote waits for completion */
static struct quote_buf *q_buf;		/* pending or taken request */
static size_t q_size;
static bool q_taken, q_open;

static void q_complete(u64 status)	/* q_lock held */
{
	if (q_buf) {
		smp_store_release(&q_buf->status, status);
		q_buf = NULL;
		q_taken = false;
	}
	wake_up_all(&q_done);
}

static u64 sim_get_quote(u8 *buf, size_t size)
{
	struct quote_buf *q = (void *)buf;

	mutex_lock(&q_lock);
	if (!q_open || q->in_len != 1024) {
		q->status = q_open ? QUOTE_ERROR : QUOTE_UNAVAILABLE;
		mutex_unlock(&q_lock);
		return 0;
	}
	q->status = QUOTE_IN_FLIGHT;
	q_buf = q;
	q_size = size;
	q_taken = false;
	mutex_unlock(&q_lock);
	wake_up_all(&q_req);
	if (sync_ms)
		wait_event_interruptible_timeout(q_done,
			READ_ONCE(q->status) != QUOTE_IN_FLIGHT, msecs_to_jiffies(sync_ms));
	return 0;
}

static int vmm_open(struct inode *i, struct file *f)
{
	int rc = 0;

	mutex_lock(&q_lock);
	if (q_open)
		rc = -EBUSY;
	q_open = true;
	mutex_unlock(&q_lock);
	return rc;
}

static int vmm_release(struct inode *i, struct file *f)
{
	mutex_lock(&q_lock);
	q_open = false;
	q_complete(QUOTE_UNAVAILABLE);
	mutex_unlock(&q_lock);
	return 0;
}

static ssize_t vmm_read(struct file *f, char __user *u, size_t n, loff_t *o)
{
	ssize_t rc;

	if (n < 1024)
		return -EINVAL;
	rc = wait_event_interruptible(q_req, q_buf && !q_taken);
	if (rc)
		return rc;
	mutex_lock(&q_lock);
	if (!q_buf || q_taken)
		rc = -EAGAIN;
	else if (copy_to_user(u, q_buf->data, 1024))
		rc = -EFAULT;
	else {
		q_taken = true;
		rc = 1024;
	}
	mutex_unlock(&q_lock);
	return rc;
}

/* An empty write reports a QGS failure, anything else is the quote. */
static ssize_t vmm_write(struct file *f, const char __user *u, size_t n, loff_t *o)
{
	ssize_t rc = n;

	mutex_lock(&q_lock);
	if (!q_buf || !q_taken)
		rc = -ENODATA;
	else if (n > q_size - sizeof(*q_buf))
		rc = -EFBIG;
	else if (n && copy_from_user(q_buf->data, u, n))
		rc = -EFAULT;
	else {
		q_buf->out_len = n;
		q_complete(n ? 0 : QUOTE_ERROR);
	}
	mutex_unlock(&q_lock);
	return rc;
}

static const struct file_operations vmm_fops = {
	.owner = THIS_MODULE, .open = vmm_open, .release = vmm_release,
	.read = vmm_read, .write = vmm_write,
};
static struct miscdevice vmm_dev = {
	.name = "tdx_sim_vmm", .minor = MISC_DYNAMIC_MINOR, .fops = &vmm_fops, .mode = 0600,
};

/* ---- /dev/tdx_guest as dstack OS 0.5 has it --------------------------------- */
struct extend_req { u8 digest[48]; u8 index; } __packed;
#define TDX_CMD_EXTEND_RTMR _IOR('T', 3, struct extend_req)
static_assert(sizeof(struct extend_req) == 49);
static DEFINE_MUTEX(old_lock);

static long old_ioctl(struct file *f, unsigned int cmd, unsigned long arg)
{
	void __user *u = (void __user *)arg;
	struct tdx_report_req *r;
	struct extend_req e;
	long rc;

	switch (cmd) {
	case TDX_CMD_GET_REPORT0:
		r = memdup_user(u, sizeof(*r));
		if (IS_ERR(r))
			return PTR_ERR(r);
		rc = sim_get_report0(r->reportdata, r->tdreport);
		if (!rc && copy_to_user(u, r, sizeof(*r)))
			rc = -EFAULT;
		kfree(r);
		return rc;
	case TDX_CMD_EXTEND_RTMR:
		if (copy_from_user(&e, u, sizeof(e)))
			return -EFAULT;
		if (e.index < 2 || e.index > 3)
			return -EINVAL;
		mutex_lock(&old_lock);
		rc = sim_extend_rtmr(e.index, e.digest);
		mutex_unlock(&old_lock);
		return rc;
	}
	return -ENOTTY;
}

static const struct file_operations old_fops = {
	.owner = THIS_MODULE, .unlocked_ioctl = old_ioctl,
};
static struct miscdevice old_dev = {
	.name = "tdx_guest", .minor = MISC_DYNAMIC_MINOR, .fops = &old_fops, .mode = 0600,
};

#define OLD_QUOTE_SIZE (128 * 1024)

static int old_report_new(struct tsm_report *report, void *data)
{
	struct quote_buf *q;
	int rc;

	if (report->desc.inblob_len != 64)
		return -EINVAL;
	q = kvzalloc(OLD_QUOTE_SIZE, GFP_KERNEL);
	if (!q)
		return -ENOMEM;
	q->version = 1;
	q->in_len = 1024;
	rc = sim_get_report0(report->desc.inblob, q->data);
	if (rc)
		goto out;
	sim_get_quote((u8 *)q, OLD_QUOTE_SIZE);
	rc = wait_event_interruptible(q_done, READ_ONCE(q->status) != QUOTE_IN_FLIGHT);
	if (rc) {
		mutex_lock(&q_lock);
		if (q_buf == q)
			q_complete(QUOTE_ERROR);
		mutex_unlock(&q_lock);
		goto out;
	}
	rc = -EIO;
	if (q->status)
		goto out;
	report->outblob = kvmemdup(q->data, q->out_len, GFP_KERNEL);
	report->outblob_len = report->outblob ? q->out_len : 0;
	rc = report->outblob ? 0 : -ENOMEM;
out:
	kvfree(q);
	return rc;
}

static bool old_attr_visible(int n)
{
	return n == TSM_REPORT_GENERATION || n == TSM_REPORT_PROVIDER;
}

static bool old_bin_attr_visible(int n)
{
	return n == TSM_REPORT_INBLOB || n == TSM_REPORT_OUTBLOB;
}

static const struct tsm_report_ops old_ops = {
	.name = "tdx_guest", .report_new = old_report_new,
	.report_attr_visible = old_attr_visible, .report_bin_attr_visible = old_bin_attr_visible,
};

/* tsm_report is loaded later, by the guest's own init. */
static int old_event(struct notifier_block *nb, unsigned long ev, void *p)
{
	struct module *m = p;
	int (*provide)(const struct tsm_report_ops *ops, void *priv);

	if (ev != MODULE_STATE_LIVE || strcmp(m->name, "tsm_report"))
		return NOTIFY_DONE;
	provide = symbol_get(tsm_report_register);
	if (!provide || provide(&old_ops, NULL))
		pr_err("no quotes: tsm_report takes no provider\n");
	return NOTIFY_OK;
}
static struct notifier_block old_nb = { .notifier_call = old_event };

/* ---- redirection ----------------------------------------------------------- */
struct hook { unsigned long target, repl; struct ftrace_ops ops; bool on; };

static void notrace sim_thunk(unsigned long ip, unsigned long parent,
			      struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	ftrace_regs_set_instruction_pointer(fregs, container_of(op, struct hook, ops)->repl);
}

#define HOOK(fn, to) { .target = (unsigned long)fn, .repl = (unsigned long)to, \
	.ops = { .func = sim_thunk, .flags = FTRACE_OPS_FL_IPMODIFY } }
static struct hook hooks[] = {
	HOOK(tdx_mcall_get_report0, sim_get_report0),
	HOOK(tdx_hcall_get_quote, sim_get_quote),
	HOOK(tdx_mcall_extend_rtmr, sim_extend_rtmr),
};

static void unhook_all(void)
{
	for (int i = 0; i < ARRAY_SIZE(hooks); i++)
		if (hooks[i].on) {
			unregister_ftrace_function(&hooks[i].ops);
			hooks[i].on = false;
		}
}

static int hook_all(void)
{
	for (int i = 0; i < ARRAY_SIZE(hooks); i++) {
		int rc = ftrace_set_filter_ip(&hooks[i].ops, hooks[i].target, 0, 0) ?:
			 register_ftrace_function(&hooks[i].ops);
		if (rc) {
			unhook_all();
			return rc;
		}
		hooks[i].on = true;
	}
	return 0;
}

static int mod_event(struct notifier_block *nb, unsigned long ev, void *p)
{
	struct module *m = p;

	if (strcmp(m->name, "tdx_guest"))
		return NOTIFY_DONE;
	if (ev == MODULE_STATE_COMING)
		set_cpu_cap(&boot_cpu_data, X86_FEATURE_TDX_GUEST);
	else
		clear_bit(X86_FEATURE_TDX_GUEST, (unsigned long *)boot_cpu_data.x86_capability);
	return NOTIFY_OK;
}
static struct notifier_block mod_nb = { .notifier_call = mod_event };

static int hex48(const char *name, const char *s, u8 *out)
{
	if (s && (strlen(s) != 96 || hex2bin(out, s, 48))) {
		pr_err("%s must be 96 hex digits\n", name);
		return -EINVAL;
	}
	return 0;
}

static int __init tdx_sim_init(void)
{
	int rc;

	if (boot_cpu_has(X86_FEATURE_TDX_GUEST)) {
		pr_err("refusing to load inside a real TD\n");
		return -EPERM;
	}
	td.attributes = cpu_to_le64(attributes);
	td.xfam = cpu_to_le64(xfam);
#define P(n, f) hex48(#n, n, td.f)
	if (P(mrtd, mrtd) || P(mrconfigid, mrconfigid) || P(mrowner, mrowner) ||
	    P(mrownerconfig, mrownerconfig) || P(rtmr0, rtmr[0]) ||
	    P(rtmr1, rtmr[1]) || P(rtmr2, rtmr[2]) || P(rtmr3, rtmr[3]))
		return -EINVAL;
	rc = misc_register(&vmm_dev);
	if (rc)
		return rc;
	if (old_driver) {
		rc = misc_register(&old_dev);
		if (!rc)
			register_module_notifier(&old_nb);
	} else {
		rc = hook_all();
		if (!rc)
			register_module_notifier(&mod_nb);
	}
	if (rc) {
		pr_err("cannot take the place of the TDX module: %d\n", rc);
		misc_deregister(&vmm_dev);
		return rc;
	}
	pr_notice("SIMULATED TDX: no confidentiality, development keys only\n");
	return 0;
}

/* No module_exit: the driver that uses this module could not be told that it is gone. */
module_init(tdx_sim_init);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Test-only TDX module/VMM simulator below the stock tdx-guest driver");
