namespace Mimir.Kernels.Devices;

/// <summary>Hears of every kernel call on a device. Called from the lanes that run them, so it must be thread-safe.</summary>
public interface IKernelListener
{
    /// <summary>One finished call.</summary>
    void OnKernel(in KernelCall call);
}
