#include "device.h"

INLINE u32 shared_address(const void *p) {
  u32 a;
  asm("{ .reg .u64 %%t; cvta.to.shared.u64 %%t, %1; cvt.u32.u64 %0, %%t; }" : "=r"(a) : "l"(p));
  return a;
}

extern "C" KERNEL void matrix_tile(const float *a, const float *b, float *c, int k) {
  SHARED float stage[2][512];
  u32 base = shared_address(&stage[0][0]);
  float d0 = 0, d1 = 0, d2 = 0, d3 = 0;
  for (int i = 0; i < k; i += 8) {
    asm volatile("cp.async.ca.shared.global [%0], [%1], 16;" ::"r"(base + TID * 16), "l"(a + i) : "memory");
    asm volatile("cp.async.cg.shared.global.L2::128B [%0], [%1], 16, %2;" ::"r"(base + 2048 + TID * 16), "l"(b + i), "r"(i < k ? 16 : 0) : "memory");
    asm volatile("cp.async.commit_group;" ::: "memory");
    asm volatile("cp.async.wait_group 0;" ::: "memory");
    BARRIER;
    u32 a0, a1, a2, a3, b0, b1;
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];" : "=r"(a0), "=r"(a1), "=r"(a2), "=r"(a3) : "r"(base + LANE * 16));
    asm volatile("ldmatrix.sync.aligned.x2.trans.m8n8.shared.b16 {%0,%1}, [%2];" : "=r"(b0), "=r"(b1) : "r"(base + 2048 + LANE % 16 * 16));
    asm volatile("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
                 : "+f"(d0), "+f"(d1), "+f"(d2), "+f"(d3)
                 : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1));
    BARRIER;
  }
  c[TID * 4] = d0;
  c[TID * 4 + 1] = d1;
  c[TID * 4 + 2] = d2;
  c[TID * 4 + 3] = d3;
}

extern "C" KERNEL void packing(const float *x, u32 *y, float *z) {
  u16 h;
  asm("{ cvt.rn.bf16.f32 %0, %1;}\n" : "=h"(h) : "f"(x[TID]));
  u32 packed, rounded, widest;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(packed) : "f"(x[TID]), "f"(x[TID + 1]));
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(rounded) : "f"(x[TID + 2]));
  asm("redux.sync.add.s32 %0, %1, 0xffffffff;" : "=r"(widest) : "r"(packed));
  asm("{.reg .b16 low,high;\n mov.b16 low, 0;\n mov.b32 %0, {low, %1};}" : "=f"(z[TID]) : "h"(h));
  asm("{\n .reg .pred p;\n setp.ne.b32 p, %1, 0;\n @p mov.b32 %0, 1;\n @!p mov.b32 %0, 2; }" : "=r"(y[TID + 64]) : "r"(widest));
  asm("lop3.b32 %0, %1, %2, %3, 0xEA;" : "=r"(y[TID]) : "r"(packed), "r"(rounded), "r"(widest));
  asm("prmt.b32 %0, %1, %2, 0x5410;" : "=r"(y[TID + 32]) : "r"(packed), "r"(rounded));
  asm volatile("st.global.cs.v4.f32 [%0], {%1, %2, %3, 0f3F800000};" ::"l"(z + 4 * TID), "f"(x[0]), "f"(x[1]), "f"(x[2]) : "memory");
  asm volatile("red.global.add.f32 [%0], %1;" ::"l"(z), "f"(x[0]) : "memory");
}

extern "C" KERNEL void carry(u64 *a, const u32 *b) {
  u32 lo = b[0], hi = b[1];
  asm("add.cc.u32 %0, %0, %2;\n addc.u32 %1, %1, %3;" : "+r"(lo), "+r"(hi) : "r"(b[2]), "r"(b[3]));
  asm("mad.lo.cc.u32 %0, %2, %3, %0;\n madc.hi.u32 %1, %2, %3, %1;" : "+r"(lo), "+r"(hi) : "r"(b[4]), "r"(b[5]));
  a[TID] = (u64)hi << 32 | lo;
}
