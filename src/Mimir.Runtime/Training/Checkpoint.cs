using System.Text.Json;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Formats;
using Mimir.Runtime.Models;

namespace Mimir.Runtime.Training;

/// <summary>A model, and where wanted its optimiser's state, in one safetensors file: parameters under their timm or MAE names, moments under
/// <c>optimizer.exp_avg.NAME</c> and <c>optimizer.exp_avg_sq.NAME</c>, arrays of a step's state under <c>state.NAME</c>, everything else as JSON in the metadata.</summary>
public sealed class Checkpoint : IDisposable
{
    private const string InfoKey = "mimir";
    private const string FirstMoments = "optimizer.exp_avg.";
    private const string SecondMoments = "optimizer.exp_avg_sq.";
    private const string State = "state.";

    private readonly SafetensorsFile _file;

    private Checkpoint(SafetensorsFile file, CheckpointInfo info) => (_file, Info) = (file, info);

    /// <summary>What the file says of itself.</summary>
    public CheckpointInfo Info { get; }

    /// <summary>The file.</summary>
    public string Path => _file.Path;

    /// <summary>Writes a checkpoint in one piece: a reader sees the old file or the new one.</summary>
    /// <param name="path">The file.</param>
    /// <param name="model">Its parameters are written.</param>
    /// <param name="optimizer">Its moments are written; null leaves them out.</param>
    /// <param name="info">The metadata.</param>
    /// <param name="state">The step's arrays.</param>
    /// <exception cref="IOException">It cannot be written; an earlier file is unchanged.</exception>
    public static void Save(string path, Model model, AdamWOptimizer? optimizer, CheckpointInfo info, params IReadOnlyList<StateTensor> state)
    {
        var writer = new SafetensorsWriter(new Dictionary<string, string>
        {
            ["format"] = "pt",
            [InfoKey] = JsonSerializer.Serialize(info, MimirJson.Compact),
        });
        foreach (var parameter in model.Parameters.Parameters)
            writer.Add(parameter.Name, SizesOf(parameter.Shape), parameter.Value);
        if (optimizer is not null)
        {
            foreach (var parameter in model.Parameters.Parameters.Where(p => p.Trainable))
            {
                writer.Add(FirstMoments + parameter.Name, SizesOf(parameter.Shape), Like(parameter, optimizer.FirstMoments));
                writer.Add(SecondMoments + parameter.Name, SizesOf(parameter.Shape), Like(parameter, optimizer.SecondMoments));
            }
        }

        foreach (var tensor in state)
            writer.Add(State + tensor.Name, SizesOf(tensor.Shape), tensor.Values);
        writer.Save(path);
    }

    /// <summary>Opens a checkpoint: a file, or a run folder, of which the last checkpoint is taken.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <exception cref="FileFormatException">It is truncated, foreign, or no checkpoint of Mimir's.</exception>
    public static Checkpoint Open(string path)
    {
        if (Directory.Exists(path))
        {
            var last = RunFolder.CheckpointIn(path);
            path = File.Exists(last) ? last : throw new FileNotFoundException($"{path} holds no {System.IO.Path.GetFileName(last)}; give a checkpoint or a run folder");
        }

        var file = SafetensorsFile.Open(path);
        try
        {
            if (!file.Metadata.TryGetValue(InfoKey, out var json))
                throw new FileFormatException(path, "is a safetensors file without Mimir's description of the model; give a checkpoint that mimir wrote");
            var info = JsonSerializer.Deserialize<CheckpointInfo>(json, MimirJson.Compact)
                ?? throw new FileFormatException(path, "has an empty description of the model");
            return new Checkpoint(file, info);
        }
        catch (JsonException e)
        {
            file.Dispose();
            throw new FileFormatException(path, $"describes its model in a way this version does not read: {e.Message}");
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Makes the auto-encoder that the file holds.</summary>
    /// <exception cref="FileFormatException">The file holds something else, or its tensors do not fit.</exception>
    public MaskedAutoencoder LoadAutoencoder(Device device)
    {
        if (Info is not { Kind: "mae", Decoder: { } decoder })
            throw new FileFormatException(Path, $"holds a {Info.Kind}; a pre-trained auto-encoder is needed here");
        return Filled(() => new MaskedAutoencoder(device, Info.Encoder, decoder, Info.NormPixLoss));
    }

    /// <summary>Makes the classifier that the file holds.</summary>
    /// <exception cref="FileFormatException">The file holds something else, or its tensors do not fit.</exception>
    public VisionTransformer LoadClassifier(Device device)
    {
        if (Info.Kind != "classifier")
            throw new FileFormatException(Path, "holds a pre-trained auto-encoder, which has no classes; fine-tune it first (mimir finetune --init)");
        return Filled(() => new VisionTransformer(device, Info.Encoder, Info.Classes, Info.Pool));
    }

    /// <summary>Copies every parameter of a model; none may be missing.</summary>
    /// <exception cref="FileFormatException">A tensor is missing or has another shape.</exception>
    public void LoadInto(Model model)
    {
        foreach (var parameter in model.Parameters.Parameters)
            Read(parameter.Name, parameter.Shape, parameter.Value);
        model.Refresh();
    }

    /// <summary>Copies the encoder of a pre-trained model into a classifier: class token, positions, patch embedding and blocks. The final norm,
    /// the decoder and the mask token stay behind; the classifier's own norm and head keep their starting values.</summary>
    /// <exception cref="FileFormatException">A tensor of the encoder is missing or has another shape.</exception>
    public void LoadEncoderInto(VisionTransformer model)
    {
        foreach (var parameter in model.Parameters.Parameters)
        {
            if (parameter.Name is "cls_token" or "pos_embed"
                || parameter.Name.StartsWith("patch_embed.", StringComparison.Ordinal)
                || parameter.Name.StartsWith("blocks.", StringComparison.Ordinal))
            {
                Read(parameter.Name, parameter.Shape, parameter.Value);
            }
        }

        model.Refresh();
    }

    /// <summary>Copies the moments into an optimiser of the same model.</summary>
    /// <exception cref="FileFormatException">They are missing: the file was saved without the state of a run.</exception>
    public void LoadInto(AdamWOptimizer optimizer, Model model)
    {
        foreach (var parameter in model.Parameters.Parameters.Where(p => p.Trainable))
        {
            Read(FirstMoments + parameter.Name, parameter.Shape, Like(parameter, optimizer.FirstMoments));
            Read(SecondMoments + parameter.Name, parameter.Shape, Like(parameter, optimizer.SecondMoments));
        }
    }

    /// <summary>Copies a step's arrays.</summary>
    /// <exception cref="FileFormatException">One is missing or has another shape.</exception>
    public void LoadInto(IReadOnlyList<StateTensor> state)
    {
        foreach (var tensor in state)
            Read(State + tensor.Name, tensor.Shape, tensor.Values);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private T Filled<T>(Func<T> make) where T : Model
    {
        T? model = null;
        try
        {
            model = make();
            LoadInto(model);
            return model;
        }
        catch (ModelConfigException e)
        {
            throw new FileFormatException(Path, $"describes a model that cannot be: {e.Message}");
        }
        catch
        {
            model?.Dispose();
            throw;
        }
    }

    private void Read(string name, Shape shape, DeviceSpan<float> destination)
    {
        _file.Require(name, SizesOf(shape));
        _file.Read(name, destination);
        if (!Kernels.Reduce.AllFinite(destination))
            throw new FileFormatException(Path, $"tensor '{name}' holds a value that is not a finite number");
    }

    private static DeviceSpan<float> Like(Parameter parameter, DeviceSpan<float> flat) => flat.Slice(parameter.Offset, parameter.Shape.Count);

    private static long[] SizesOf(Shape shape) => [.. shape.ToArray().Select(size => (long)size)];
}
