using Mimir.Runtime.Models;

namespace Mimir.Runtime.Training;

/// <summary>What a checkpoint says of itself beside its tensors; stored as JSON in the file's metadata.</summary>
public sealed record CheckpointInfo
{
    /// <summary><c>mae</c> or <c>classifier</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>The encoder's sizes.</summary>
    public required EncoderConfig Encoder { get; init; }

    /// <summary>The decoder's sizes, of an auto-encoder.</summary>
    public DecoderConfig? Decoder { get; init; }

    /// <summary>Whether the auto-encoder's target patches are normalised.</summary>
    public bool NormPixLoss { get; init; }

    /// <summary>Number of classes, of a classifier.</summary>
    public int Classes { get; init; }

    /// <summary>How tokens become one vector, of a classifier.</summary>
    public PoolKind Pool { get; init; }

    /// <summary>The name of the data the model learned from.</summary>
    public string Data { get; init; } = "";

    /// <summary>Position of the run; with the moments in the file, all that resuming needs.</summary>
    public TrainingPosition? Position { get; init; }

    /// <summary>Describes a model.</summary>
    public static CheckpointInfo Of(Model model) => model switch
    {
        MaskedAutoencoder mae => new CheckpointInfo
        {
            Kind = "mae",
            Encoder = mae.Encoder,
            Decoder = mae.Decoder,
            NormPixLoss = mae.NormalisePatches,
        },
        VisionTransformer classifier => new CheckpointInfo
        {
            Kind = "classifier",
            Encoder = classifier.Encoder,
            Classes = classifier.Classes,
            Pool = classifier.Pool,
        },
        _ => throw new ArgumentException($"{model.GetType().Name} has no checkpoint form", nameof(model)),
    };
}
