using Mimir.Kernels.Devices;
using Mimir.Runtime.Data;
using Mimir.Runtime.Evaluation;
using Mimir.Runtime.Models;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Recipes;

/// <summary>Attacks the reconstruction of a pre-trained auto-encoder on test images.</summary>
public static class Reconstructing
{
    /// <summary>Runs it from beginning to end.</summary>
    /// <param name="path">The auto-encoder: a checkpoint or a run folder.</param>
    /// <param name="data">The images; the test split is used.</param>
    /// <param name="settings">The attack.</param>
    /// <param name="device">Where.</param>
    /// <param name="progress">Told of images that are done and of all: once when everything was checked, then now and then.</param>
    /// <param name="cancellation">Stops between blocks of images.</param>
    /// <exception cref="RecipeException">The mask ratio or the images do not fit the model.</exception>
    /// <exception cref="Formats.FileFormatException">The checkpoint is damaged, or holds a classifier.</exception>
    public static ReconstructionResults Run(
        string path, DataRecipe data, ReconstructionSettings settings, Device device, Action<int, int> progress, CancellationToken cancellation)
    {
        using var checkpoint = Checkpoint.Open(path);
        using var model = checkpoint.LoadAutoencoder(device);
        var images = data.Load(DataSplit.Test);
        var (encoder, shape) = (model.Encoder, images.Shape);
        RecipeException.Require(
            (encoder.Channels, encoder.Image, encoder.Image) == (shape.Channels, shape.Height, shape.Width),
            $"--checkpoint {path} takes {encoder.Channels}x{encoder.Image}x{encoder.Image} images, and those of {data.Path} are {shape}");
        var kept = PatchMask.KeptOf(encoder.Patches, settings.MaskRatio);
        RecipeException.Require(
            kept >= 1 && kept < encoder.Patches, $"--mask-ratio {settings.MaskRatio} keeps {kept} of {encoder.Patches} patches; at least one must stay and one must go");
        progress(0, images.Count);
        using var evaluation = new ReconstructionEvaluation(model, settings);
        return evaluation.Run(images, done => progress(done, images.Count), cancellation);
    }
}
