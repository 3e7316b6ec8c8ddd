namespace Mimir.Kernels.Devices.Driver;

/// <summary>A driver that watches every access and says in its reports what was hit. Above it each buffer is an allocation of its own,
/// exactly as long as asked for, because only the end of an allocation can be seen to be passed.</summary>
internal interface IMemoryReports
{
    /// <summary>Calls the allocation at <paramref name="address"/> so from now on.</summary>
    void Name(ulong address, string name);

    /// <summary>Takes the bytes for never written.</summary>
    void Forget(ulong address, nuint bytes);
}
