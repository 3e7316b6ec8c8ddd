using Mimir.Runtime.Data;
using Mimir.Runtime.Information;
using Mimir.Runtime.Models;

namespace Mimir.Runtime.Training;

/// <summary>Pre-training as the loop sees it.</summary>
public sealed class PretrainTask(MaskedAutoencoder model, PretrainObjective objective, IMutualInformation? estimator, int batch) : ITrainingStep
{
    private readonly PretrainStep _step = new(model, objective, estimator, batch);

    /// <inheritdoc/>
    public Model Model => model;

    /// <inheritdoc/>
    public GradientShards Gradients => _step.Gradients;

    /// <inheritdoc/>
    public IReadOnlyList<string> MetricNames { get; } =
        ["loss", "reconstruction", "mi", "mi_skipped", "mi_weight", "mi_gradient_ratio", "still_pixels"];

    /// <inheritdoc/>
    public double[] State
    {
        get => [_step.BalanceEstimate];
        set => _step.BalanceEstimate = value.Length > 0 ? value[0] : 0;
    }

    /// <inheritdoc/>
    public void Run(Batch batch, ulong seed, long step, Span<double> metrics)
    {
        var report = _step.Run(new PretrainInputs(batch.Images, seed, step));
        metrics[0] = report.Loss;
        metrics[1] = report.Reconstruction;
        metrics[2] = report.Information;
        metrics[3] = report.InformationSkipped ? 1 : 0;
        metrics[4] = report.MiWeight;
        metrics[5] = report.GradientRatio;
        metrics[6] = report.StillPixels;
    }

    /// <inheritdoc/>
    public void Dispose() => _step.Dispose();
}
