#include "device.h"

extern "C" KERNEL void saxpy(int n, float a, const float *x, float *y) {
  int i = CTAID * NTID + TID;
  if (i < n)
    y[i] = a * x[i] + y[i];
}

extern "C" KERNEL void gelu(u64 n, const float *x, float *y) {
  for (u64 i = CTAID * (u64)NTID + TID; i < n; i += (u64)NTID * NCTAID) {
    float v = x[i];
    float u = 0.7978845608f * (v + 0.044715f * v * v * v);
    float e = __nvvm_ex2_approx_ftz_f(2.885390082f * u);
    y[i] = v - __nvvm_div_approx_ftz_f(v, e + 1.0f);
  }
}

struct Point { float x, y, z; int tag; };

extern "C" KERNEL void by_value(Point p, Point *out, u8 flag, short offset, double scale) {
  Point q = p;
  q.x = (float)(q.x * scale);
  q.tag += flag + offset;
  out[TID] = q;
}

extern "C" KERNEL void conversions(const signed char *a, const u16 *b, const double *c, long long *d, float *e, u32 *f) {
  int i = TID;
  d[i] = (long long)c[i] + a[i] - b[i];
  e[i] = (float)d[i] + (float)a[i] * (u8)b[i];
  f[i] = (u32)c[i] / (b[i] | 1) + (u32)d[i] % (a[i] | 1u);
  d[i] = d[i] / (c[i] > 0.5 ? 7 : (long long)f[i] | 1);
  e[i + 1] = __nvvm_sqrt_rn_f(e[i]) + __nvvm_rsqrt_approx_f(e[i]) + __nvvm_rcp_rn_f(e[i]) + __nvvm_lg2_approx_f(e[i]) + __nvvm_sin_approx_f(e[i]);
  e[i + 2] = __nvvm_fmin_f(e[i], 3.0f) + __nvvm_fmax_f(e[i + 1], -__builtin_inff());
  f[i + 1] = __builtin_popcount(f[i]) + __builtin_clz(f[i]) + __builtin_popcountll(d[i]) + __builtin_clzll(d[i]);
}

template <int N, class T> KERNEL void scale(T *x, T factor) {
#pragma unroll
  for (int i = 0; i < N; i++)
    x[TID * N + i] = x[TID * N + i] * factor;
}
template KERNEL void scale<4, float>(float *, float);
template KERNEL void scale<3, double>(double *, double);
template KERNEL void scale<2, short>(short *, short);

typedef float float4 __attribute__((ext_vector_type(4)));
typedef float float2 __attribute__((ext_vector_type(2)));

extern "C" KERNEL void vectors(const float4 *x, float2 *y) {
  float4 v = x[TID];
  y[2 * TID] = v.xy + v.zw;
  y[2 * TID + 1] = v.xz;
}

extern "C" KERNEL void local_array(const int *index, float *out) {
  float values[16];
  for (int i = 0; i < 16; i++)
    values[i] = i * 0.5f;
  values[index[TID] & 15] = 3;
  float sum = 0;
  for (int i = 0; i < 16; i++)
    sum += values[index[TID + i] & 15];
  out[TID] = sum;
}

extern "C" KERNEL void choose(int n, const int *a, int *out) {
  int i = TID, v = a[i];
  switch (v) {
  case 0: out[i] = 5; break;
  case 1: out[i] = 7 * n; break;
  case 2: out[i] = v << n; break;
  case 3: out[i] = (u32)v >> n; break;
  case 4: return;
  case 9: out[i] = v >> n; break;
  default: out[i] = ~v; break;
  }
}
