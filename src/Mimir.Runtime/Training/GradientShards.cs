using Mimir.Kernels.Devices;
using Mimir.Runtime.Autodiff;

namespace Mimir.Runtime.Training;

/// <summary>One flat gradient array a shard of the batch. Batches add to them until a step of the optimiser takes their sum, in the
/// shards' order, and leaves zeros. Nothing ever writes between the trainable parameters, so those elements stay zero.</summary>
public sealed class GradientShards : IDisposable
{
    private readonly DeviceSpan<float>[] _shards;

    /// <summary>Allocates zeroed arrays with the layout of a model's store.</summary>
    public GradientShards(ParameterStore store, int shards)
    {
        _shards = new DeviceSpan<float>[shards];
        for (var i = 0; i < shards; i++)
            _shards[i] = store.AllocateLike("gradients");
    }

    /// <summary>The array that a shard's gradients are added to.</summary>
    public DeviceSpan<float> this[int shard] => _shards[shard];

    /// <summary>The arrays of all shards in order.</summary>
    public ReadOnlySpan<DeviceSpan<float>> All => _shards;

    /// <summary>A copy of the sum, added up as the optimiser does: for verification. The shards stay as they are.</summary>
    public float[] Sum()
    {
        var sum = _shards[0].ToArray();
        foreach (var shard in _shards.AsSpan(1))
        {
            var values = shard.ToArray();
            for (var i = 0; i < sum.Length; i++)
                sum[i] += values[i];
        }

        return sum;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var shard in _shards)
            shard.Buffer.Dispose();
    }
}
