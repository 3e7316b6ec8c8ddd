using Mimir.Kernels;
using Mimir.Kernels.Devices;

namespace Mimir.Runtime.Benchmarks;

/// <summary>The arrays of one kernel case, filled with fixed random values; all go when the case is over.</summary>
public sealed class CaseArrays(Device device) : IDisposable
{
    private readonly List<IDisposable> _owned = [];

    /// <summary>The device.</summary>
    public Device Device => device;

    /// <summary>Uniform values.</summary>
    public DeviceSpan<float> Floats(long count, float low = -1, float high = 1)
    {
        var span = device.Allocate<float>(count);
        _owned.Add(span.Buffer);
        Philox.Uniform(seed: 1, stream: (ulong)_owned.Count, offset: 0, low, high, span);
        return span;
    }

    /// <summary>Zeros.</summary>
    public DeviceSpan<T> Zeros<T>(long count) where T : unmanaged
    {
        var span = device.Allocate<T>(count);
        _owned.Add(span.Buffer);
        span.Clear();
        return span;
    }

    /// <summary>A packed weight.</summary>
    public PackedWeight Weight(int outputs, int inputs)
    {
        var weight = new PackedWeight(device, outputs, inputs);
        _owned.Add(weight);
        weight.Pack(Floats((long)outputs * inputs));
        return weight;
    }

    /// <summary>Random patches that stay: their numbers, the inverse permutations, and 1 for every patch that goes.</summary>
    public (DeviceSpan<int> Ids, DeviceSpan<int> Restore, DeviceSpan<float> Mask) Keep(int batch, int patches, int kept)
    {
        var (ids, restore, mask) = (Zeros<int>((long)batch * kept), Zeros<int>((long)batch * patches), Floats((long)batch * patches));
        TokenGather.Keep(Floats((long)batch * patches), batch, patches, kept, ids, restore, mask);
        return (ids, restore, mask);
    }

    /// <inheritdoc/>
    public void Dispose() => _owned.ForEach(owned => owned.Dispose());
}
