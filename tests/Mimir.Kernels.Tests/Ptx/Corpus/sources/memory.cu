#include "device.h"

CONSTANT float table[5] = {1.0f, -2.5f, 3e-9f};
GLOBAL int counter = 7;
GLOBAL const char text[] = "Mimir";
GLOBAL int grid[2][3] = {{1, 2}, {4}};
GLOBAL int *pointer = &counter;
extern "C" SHARED float dynamic_memory[];
extern SHARED float dynamic_memory[];

extern "C" KERNEL void reduce(const float *x, float *out, int n) {
  SHARED float partial[256];
  float sum = 0;
  for (int i = TID; i < n; i += NTID)
    sum += x[i];
  partial[TID] = sum;
  BARRIER;
  for (int s = NTID / 2; s > 0; s >>= 1) {
    if (TID < s)
      partial[TID] += partial[TID + s];
    BARRIER;
  }
  if (TID == 0)
    out[CTAID] = partial[0];
}

extern "C" KERNEL void warp_reduce(const float *x, float *out) {
  float v = x[TID];
  for (int offset = 16; offset > 0; offset /= 2)
    v += __nvvm_shfl_sync_down_f32(0xffffffff, v, offset, 31);
  int all = __nvvm_vote_all_sync(0xffffffff, v > 0);
  u32 mask = __nvvm_vote_ballot_sync(0xffffffff, v > 1);
  u32 same = __nvvm_match_any_sync_i32(0xffffffff, (int)v);
  if (LANE == 0)
    out[TID / 32] = v + all + __builtin_popcount(mask & same);
}

extern "C" KERNEL void atomics(int *a, u32 *b, float *c, double *d, u64 *e) {
  SHARED int count;
  if (TID == 0)
    count = 0;
  BARRIER;
  __nvvm_atom_add_gen_i(&count, 1);
  __nvvm_atom_add_gen_f(c, 1.5f);
  __nvvm_atom_add_gen_d(d, 1.5);
  __nvvm_atom_max_gen_i(a, TID);
  __nvvm_atom_min_gen_ui(b, TID);
  __nvvm_atom_xchg_gen_i(a + 1, 3);
  __nvvm_atom_cas_gen_i(a + 2, 0, 1);
  __nvvm_atom_inc_gen_ui(b + 1, 10);
  __nvvm_atom_or_gen_ll((long long *)e, 12);
  __atomic_fetch_add(a + 3, 4, __ATOMIC_RELAXED);
  BARRIER;
  a[4 + TID] = count;
}

extern "C" KERNEL void transpose(const float *in, float *out, int n) {
  SHARED float tile[32][33];
  int x = CTAID * 32 + LANE, y = TID / 32;
  for (int k = y; k < 32; k += 8)
    tile[k][LANE] = in[k * n + x];
  BARRIER;
  for (int k = y; k < 32; k += 8)
    out[(CTAID * 32 + k) * n + LANE] = tile[LANE][k];
}

extern "C" KERNEL void dynamic_shared(const float *in, float *out) {
  dynamic_memory[TID] = in[TID];
  BARRIER;
  out[TID] = dynamic_memory[NTID - 1 - TID] * table[TID % 5] + counter + text[TID % 6] + grid[1][TID % 3] + *pointer;
}

extern "C" KERNEL void fences(int *data, volatile int *flag) {
  data[TID] = 1;
  __nvvm_membar_gl();
  __nvvm_membar_cta();
  __nvvm_membar_sys();
  if (TID == 0)
    *flag = 1;
  BARRIER;
  data[TID + 64] = __nvvm_bar0_popc(data[TID]) + __nvvm_bar0_and(data[TID]) + __nvvm_bar0_or(data[TID]);
}

extern "C" KERNEL void read_only(const float *__restrict__ x, float *__restrict__ y) {
  y[TID] = __nvvm_ldg_f(x + TID) + __nvvm_ldg_f(x + TID + 1);
}
