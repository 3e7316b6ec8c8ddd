using Mimir.Kernels;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Autodiff;

namespace Mimir.Runtime.Training;

/// <summary>One flat gradient array a shard of the batch, and their sum in a fixed order.</summary>
public sealed class GradientShards : IDisposable
{
    private readonly DeviceSpan<float>[] _shards;

    /// <summary>Allocates zeroed arrays with the layout of a model's store.</summary>
    public GradientShards(ParameterStore store, int shards)
    {
        _shards = new DeviceSpan<float>[shards];
        for (var i = 0; i < shards; i++)
            _shards[i] = store.AllocateLike();
    }

    /// <summary>The array that a shard's gradients are added to.</summary>
    public DeviceSpan<float> this[int shard] => _shards[shard];

    /// <summary>Adds all shards up in order; the result is the first shard's array.</summary>
    public DeviceSpan<float> Sum()
    {
        for (var i = 1; i < _shards.Length; i++)
            Reduce.AddInto(_shards[i], _shards[0]);
        return _shards[0];
    }

    /// <summary>Sets all arrays to zero, for the next step.</summary>
    public void Clear()
    {
        foreach (var shard in _shards)
            Elementwise.Fill(0f, shard);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var shard in _shards)
            shard.Buffer.Dispose();
    }
}
