using Mimir.Kernels; using Mimir.Kernels.Devices;
if (args.Length < 4) { Mimir.Benchmarks.AttentionBenchmark.Run(args); return; }
int T = int.Parse(args[0]), d = int.Parse(args[1]), h = int.Parse(args[2]), mode = int.Parse(args[3]), b = 8;
using var host = new HostDevice(1);
long w = h * d, r = (long)b * T;
DeviceSpan<float> F(long n, int s) { var q = host.Allocate<float>(n); var rnd = new Random(s); foreach (ref var v in q.AsSpan()) v = (float)(rnd.NextDouble() * 2 - 1); return q; }
var qkv = F(r * 3 * w, 1); var dY = F(r * w, 2); var y = F(r * w, 3); var l = F(r * h, 4); var dq = F(r * 3 * w, 5);
var sw = System.Diagnostics.Stopwatch.StartNew();
while (sw.Elapsed.TotalSeconds < 3) for (var i = 0; i < 20; i++) if (mode == 0) Attention.Forward(qkv, b, T, h, d, y, l); else Attention.Backward(dY, qkv, y, l, b, T, h, d, dq);
