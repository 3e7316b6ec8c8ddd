namespace Mimir.Kernels.Devices;

/// <summary>One finished call of a kernel.</summary>
/// <param name="Kernel">Family and entry, such as <c>MatMul.Forward</c>.</param>
/// <param name="Shape">The call's sizes.</param>
/// <param name="Flops">Floating-point operations of the call by the usual count (multiply-add = 2).</param>
/// <param name="Bytes">Bytes that the call must at least read and write.</param>
/// <param name="StartTicks">Start, in <see cref="System.Diagnostics.Stopwatch"/> ticks.</param>
/// <param name="EndTicks">End, in the same ticks.</param>
/// <param name="Lane">The lane of the thread team that made the call.</param>
/// <param name="Lanes">How many lanes the call had: 1 inside a step's task, all of the device's from outside.</param>
public readonly record struct KernelCall(
    string Kernel, KernelShape Shape, double Flops, double Bytes, long StartTicks, long EndTicks, int Lane, int Lanes);
