using System.Text.Json;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Formats;

namespace Mimir.Runtime.Verification;

/// <summary>Compares a device with reference tensors: a folder with <c>index.json</c> and safetensors files computed by PyTorch.
/// Nothing is passed over: a kind or a tensor that this version does not know is a failure.</summary>
public static class GoldenFolder
{
    private const int Format = 1;

    /// <summary>Runs every case of a folder.</summary>
    /// <param name="folder">Holds <c>index.json</c>.</param>
    /// <param name="device">What is compared.</param>
    /// <param name="progress">Told the name of each case before it runs.</param>
    /// <exception cref="FileNotFoundException">There is no such folder or index.</exception>
    /// <exception cref="FileFormatException">The index cannot be read.</exception>
    public static VerifyReport Verify(string folder, Device device, Action<string> progress)
    {
        var index = Path.Combine(folder, "index.json");
        if (!File.Exists(index))
            throw new FileNotFoundException($"--golden {folder}: there is no index.json in that folder");
        using var document = Read(index);
        var lines = new List<VerifyLine>();
        foreach (var (name, entry) in Cases(document.RootElement, index))
        {
            progress(name);
            lines.AddRange(Run(folder, name, entry, device));
        }

        return new VerifyReport(lines, Bounds.Of(device.Precision));
    }

    private static JsonDocument Read(string index)
    {
        try
        {
            return JsonDocument.Parse(File.ReadAllBytes(index));
        }
        catch (JsonException e)
        {
            throw new FileFormatException(index, $"cannot be read: {e.Message}");
        }
    }

    // Every case with the name, the file and the kind that it must have.
    private static (string Name, JsonElement Entry)[] Cases(JsonElement root, string index)
    {
        static (string Name, JsonElement Entry) Checked(JsonElement entry)
        {
            foreach (var key in (string[])["file", "kind"])
                entry.GetProperty(key).GetString();
            return (entry.GetProperty("name").GetString() ?? "", entry);
        }

        try
        {
            return root.TryGetProperty("format", out var format) && format.GetInt32() == Format
                ? [.. root.GetProperty("cases").EnumerateArray().Select(Checked)]
                : throw new FileFormatException(index, $"is not of golden format {Format}");
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException)
        {
            throw new FileFormatException(index, $"cannot be read: {e.Message}");
        }
    }

    private static IReadOnlyList<VerifyLine> Run(string folder, string name, JsonElement entry, Device device)
    {
        var comparison = new Comparison(name, Bounds.Of(device.Precision));
        try
        {
            using var file = SafetensorsFile.Open(Path.Combine(folder, entry.GetProperty("file").GetString() ?? ""));
            var golden = new GoldenCase(name, entry, file);
            switch (golden.Kind)
            {
                case "mae-step" or "mae-step-short":
                    new MaeStepCase(golden, comparison, device).Run();
                    break;
                case "classifier-step":
                    new ClassifierStepCase(golden, comparison, device).Run();
                    break;
                case "information":
                    new InformationCase(golden, comparison, device).Run();
                    break;
                default:
                    comparison.Fail("(kind)", $"the kind '{golden.Kind}' is unknown");
                    return comparison.Lines;
            }

            foreach (var unseen in golden.Unseen)
                comparison.Fail(unseen, "this version does not know the tensor");
        }
        catch (Exception e) when (e is FormatException or IOException or ArgumentException or ArithmeticException or IndexOutOfRangeException or KeyNotFoundException or DeviceException)
        {
            // A damaged file, or tensors whose sizes do not fit the model or each other.
            comparison.Fail("(case)", e.Message);
        }

        return comparison.Lines;
    }
}
