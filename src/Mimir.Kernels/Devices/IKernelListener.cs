namespace Mimir.Kernels.Devices;

/// <summary>Hears of every kernel call on a device. Called from the lanes that run them, so it must be thread-safe.</summary>
public interface IKernelListener
{
    /// <summary>One finished call.</summary>
    /// <param name="kernel">Family and entry, such as <c>MatMul.Forward</c>.</param>
    /// <param name="flops">Floating-point operations of the call by the usual count (multiply-add = 2).</param>
    /// <param name="bytes">Bytes that the call must at least read and write.</param>
    /// <param name="startTicks">Start, in <see cref="System.Diagnostics.Stopwatch"/> ticks.</param>
    /// <param name="endTicks">End, in the same ticks.</param>
    /// <param name="lane">The lane of the thread team that made the call.</param>
    void OnKernel(string kernel, double flops, double bytes, long startTicks, long endTicks, int lane);
}
