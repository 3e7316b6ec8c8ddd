using Mimir.Runtime.Data;
using Mimir.Runtime.Models;

namespace Mimir.Runtime.Training;

/// <summary>Adversarial fine-tuning as the loop sees it.</summary>
public sealed class FinetuneTask(VisionTransformer model, ClassifierObjective objective, int batch) : ITrainingStep
{
    private readonly ClassifierStep _step = new(model, objective, batch);

    /// <inheritdoc/>
    public Model Model => model;

    /// <inheritdoc/>
    public GradientShards Gradients => _step.Gradients;

    /// <inheritdoc/>
    public IReadOnlyList<string> MetricNames { get; } = ["loss", "attacked_accuracy"];

    /// <inheritdoc/>
    public double[] State { get; set; } = [];

    /// <inheritdoc/>
    public void Run(Batch batch, ulong seed, long step, Span<double> metrics)
    {
        var report = _step.Run(new ClassifierInputs(batch.Images, batch.Labels, seed, step));
        metrics[0] = report.Loss;
        metrics[1] = report.Accuracy;
    }

    /// <inheritdoc/>
    public void Dispose() => _step.Dispose();
}
