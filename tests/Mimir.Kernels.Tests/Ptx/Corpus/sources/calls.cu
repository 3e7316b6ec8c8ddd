#include "device.h"

struct Pair { float a; double b; };

NOINLINE float twice(float x) { return x + x; }
NOINLINE Pair swap(Pair p, int *count) {
  Pair r;
  r.a = (float)p.b;
  r.b = p.a;
  (*count)++;
  return r;
}
NOINLINE int fibonacci(int n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }
NOINLINE void store(u8 value, short other, bool flag, u64 *out) { *out = value + other + flag; }
extern "C" GLOBAL int vprintf(const char *, const char *);
extern "C" __attribute__((device, noreturn)) void __assertfail(const char *, const char *, u32, const char *, u64);

extern "C" KERNEL void caller(float *x, Pair *p, int *n, u64 *o) {
  x[TID] = twice(x[TID]);
  p[TID] = swap(p[TID], n);
  n[TID] = fibonacci(n[TID]);
  store((u8)n[0], (short)n[1], n[2] > 3, o);
}

extern "C" KERNEL void printer(int *n) {
  struct { int value; double other; } arguments = {n[TID], 2.0};
  if (n[TID] < 0)
    vprintf("%d %f\n", (const char *)&arguments);
  if (n[TID] > 100)
    __assertfail("n[TID] <= 100", "calls.cu", 33, "printer", 1);
}
