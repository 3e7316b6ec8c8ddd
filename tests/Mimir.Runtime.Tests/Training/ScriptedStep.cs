using Mimir.Kernels.Devices;
using Mimir.Runtime.Data;
using Mimir.Runtime.Models;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Tests.Training;

/// <summary>A training step whose losses and gradients a test writes down: batch n has loss losses[n], and every gradient gradients[n].</summary>
internal sealed class ScriptedStep(HostDevice device, double[] losses, float[] gradients) : ITrainingStep
{
    private readonly VisionTransformer _model = TinyModels.Classifier(device);
    private GradientShards? _shards;

    public Model Model => _model;

    public VisionTransformer Classifier => _model;

    public GradientShards Gradients => _shards ??= new GradientShards(_model.Parameters, 3);

    public IReadOnlyList<string> MetricNames { get; } = ["loss", "sometimes", "never"];

    public double[] State { get; set; } = [];

    /// <summary>The numbers of the batches seen.</summary>
    public List<long> Steps { get; } = [];

    public void Run(Batch batch, ulong seed, long step, Span<double> metrics)
    {
        Steps.Add(step);
        metrics[0] = losses[step];
        metrics[1] = step % 2 == 0 ? step : double.NaN;
        metrics[2] = double.NaN;

        // Spread over the shards, a third each.
        for (var shard = 0; shard < 3; shard++)
        {
            foreach (var parameter in _model.Parameters.Parameters)
            {
                foreach (ref var value in Gradients[shard].Slice(parameter.Offset, parameter.Shape.Count).AsSpan())
                    value += gradients[step] / 3;
            }
        }
    }

    public void Dispose()
    {
        _shards?.Dispose();
        _model.Dispose();
    }
}
