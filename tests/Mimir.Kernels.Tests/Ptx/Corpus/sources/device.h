/* What CUDA's headers would define: the corpus is made without them. */
typedef unsigned int u32;
typedef unsigned long long u64;
typedef unsigned short u16;
typedef unsigned char u8;

#define KERNEL __attribute__((global))
#define DEVICE static __attribute__((device))
#define SHARED __attribute__((shared))
#define CONSTANT __attribute__((constant))
#define GLOBAL __attribute__((device))
#define INLINE static inline __attribute__((device, always_inline))
#define NOINLINE __attribute__((device, noinline))

#define TID __nvvm_read_ptx_sreg_tid_x()
#define NTID __nvvm_read_ptx_sreg_ntid_x()
#define CTAID __nvvm_read_ptx_sreg_ctaid_x()
#define NCTAID __nvvm_read_ptx_sreg_nctaid_x()
#define LANE (TID & 31)
#define BARRIER __syncthreads()
