using Mimir.Kernels.Devices;
using Mimir.Kernels.Simd;

namespace Mimir.Runtime.Tests.Training;

/// <summary>Counts the managed bytes that each lane of a device's team allocates between starts and stops. The whole process cannot be
/// measured instead: the test host has threads of its own that allocate now and then.</summary>
internal sealed class AllocationMeter : ITeamWork
{
    private readonly HostDevice _device;
    private readonly long[] _bytes;
    private readonly long[] _before;
    private bool _starting;

    public AllocationMeter(HostDevice device)
    {
        _device = device;
        _bytes = new long[device.Lanes];
        _before = new long[device.Lanes];
        for (var i = 0; i < 3; i++)
        {
            Thread.Sleep(20); // the lanes park: the first wait on a semaphore allocates, once a thread
            Start();
            Stop();
        }

        Array.Clear(_bytes);
    }

    /// <summary>Bytes a lane so far.</summary>
    public IEnumerable<long> Bytes => _bytes;

    /// <summary>Starts a measurement; one that was not stopped is forgotten.</summary>
    public void Start() => Read(starting: true);

    /// <summary>Ends it.</summary>
    public void Stop() => Read(starting: false);

    public void Run(int task, int lane)
    {
        var now = GC.GetAllocatedBytesForCurrentThread();
        if (_starting)
            _before[lane] = now;
        else
            _bytes[lane] += now - _before[lane];
    }

    private void Read(bool starting)
    {
        _starting = starting;
        _device.Run(this, _bytes.Length);
    }
}
