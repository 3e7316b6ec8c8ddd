using Mimir.Kernels.Devices;
using Mimir.Runtime.Data;
using Mimir.Runtime.Models;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Recipes;

/// <summary>A classifier and test images that fit it.</summary>
/// <param name="Model">The classifier.</param>
/// <param name="Images">The images.</param>
/// <param name="File">The checkpoint's file.</param>
public sealed record TestedClassifier(VisionTransformer Model, ImageSet Images, string File) : IDisposable
{
    /// <summary>Loads both.</summary>
    /// <param name="path">A checkpoint or the folder of a run.</param>
    /// <param name="data">The images; the test split is used.</param>
    /// <param name="device">Where the model lies.</param>
    /// <exception cref="RecipeException">They do not fit together.</exception>
    /// <exception cref="Formats.FileFormatException">A file is damaged or foreign.</exception>
    public static TestedClassifier Open(string path, DataRecipe data, Device device)
    {
        using var checkpoint = Checkpoint.Open(path);
        var images = data.Load(DataSplit.Test);
        var encoder = checkpoint.Info.Encoder;
        RecipeException.Require(
            encoder.Channels == images.Shape.Channels && encoder.Image == images.Shape.Height && encoder.Image == images.Shape.Width,
            $"--checkpoint {path} takes {encoder.Channels}x{encoder.Image}x{encoder.Image} images, and those of {data.Path} are {images.Shape}");
        var model = checkpoint.LoadClassifier(device);
        try
        {
            RecipeException.Require(model.Classes == images.Classes, $"--checkpoint {path} knows {model.Classes} classes, and {data.Path} has {images.Classes}");
            return new TestedClassifier(model, images, checkpoint.Path);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Model.Dispose();
}
