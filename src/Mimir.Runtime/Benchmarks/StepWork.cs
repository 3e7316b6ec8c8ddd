using Mimir.Runtime.Models;

namespace Mimir.Runtime.Benchmarks;

/// <summary>The usual count of a step's work for one image: multiply-adds of linear layers and attention count 2, everything else 0. An input
/// gradient costs as much as a forward pass, weight gradients as much again.</summary>
public static class StepWork
{
    /// <summary>Share of the patches that pre-training hides, as published.</summary>
    public const double MaskRatio = 0.75;

    /// <summary>A MIMIR step: one attack step (forward, input gradient), then forward and both gradients.</summary>
    public static double Pretraining(EncoderConfig encoder)
    {
        var decoder = DecoderConfig.Published;
        var visible = PatchMask.KeptOf(encoder.Patches, MaskRatio) + 1.0;
        var all = encoder.Patches + 1.0;
        var forward = Embedding(encoder)
            + Blocks(visible, encoder.Embed, encoder.Depth, encoder.MlpRatio)
            + 2 * visible * encoder.Embed * decoder.Embed
            + Blocks(all, decoder.Embed, decoder.Depth, encoder.MlpRatio)
            + 2 * all * decoder.Embed * encoder.PatchValues;
        return 5 * forward;
    }

    /// <summary>PGD adversarial training: forward and input gradient an attack step, then forward and both gradients.</summary>
    public static double Finetuning(EncoderConfig encoder, int classes, int attackSteps) => (2 * attackSteps + 3) * Classifier(encoder, classes);

    /// <summary>TRADES: a forward pass on the natural images, forward and input gradient an attack step, then forward and both gradients of both.</summary>
    public static double Trades(EncoderConfig encoder, int classes, int attackSteps) => (2 * attackSteps + 7) * Classifier(encoder, classes);

    /// <summary>Accuracy under PGD: forward and input gradient an attack step, then forward.</summary>
    public static double Evaluation(EncoderConfig encoder, int classes, int attackSteps) => (2 * attackSteps + 1) * Classifier(encoder, classes);

    private static double Classifier(EncoderConfig encoder, int classes) => Embedding(encoder)
        + Blocks(encoder.Patches + 1.0, encoder.Embed, encoder.Depth, encoder.MlpRatio)
        + 2.0 * encoder.Embed * classes;

    private static double Embedding(EncoderConfig encoder) => 2.0 * encoder.Patches * encoder.PatchValues * encoder.Embed;

    private static double Blocks(double tokens, int embed, int depth, double mlpRatio) =>
        depth * (2 * tokens * embed * embed * (4 + 2 * mlpRatio) + 4 * tokens * tokens * embed);
}
