using System.Buffers.Binary;
using Mimir.Kernels.Ptx;
using Mimir.Kernels.Ptx.Emulation;
using Mimir.Runtime.Formats;

namespace Mimir.Runtime.Emulation;

/// <summary>One launch of a kernel of any PTX file on the emulator.</summary>
public sealed record PtxRunRequest
{
    /// <summary>The PTX file.</summary>
    public required string File { get; init; }

    /// <summary>The kernel in it.</summary>
    public required string Entry { get; init; }

    /// <summary>Blocks.</summary>
    public required Dim3 Grid { get; init; }

    /// <summary>Threads of a block.</summary>
    public required Dim3 Block { get; init; }

    /// <summary>Bytes of dynamic shared memory a block.</summary>
    public int SharedBytes { get; init; }

    /// <summary>In the order of the parameters.</summary>
    public IReadOnlyList<KernelArgument> Arguments { get; init; } = [];

    /// <summary>Module variables and the .npy files that fill them.</summary>
    public IReadOnlyList<(string Name, string File)> Globals { get; init; } = [];

    /// <summary>How it is run, and what is checked and counted.</summary>
    public required EmulatorOptions Options { get; init; }
}

/// <summary>What came of a <see cref="PtxRunRequest"/>.</summary>
/// <param name="Module">The parsed file; null where it has errors.</param>
/// <param name="Diagnostics">Of the file, then of the run.</param>
/// <param name="Counted">What was counted; null where nothing was asked for or nothing ran.</param>
/// <param name="Instructions">Lane instructions.</param>
/// <param name="Seconds">How long the emulation took.</param>
/// <param name="Outputs">The files that were written.</param>
public sealed record PtxRunResult(
    PtxModule? Module, IReadOnlyList<PtxDiagnostic> Diagnostics, CountedKernel? Counted, long Instructions, double Seconds, IReadOnlyList<string> Outputs)
{
    /// <summary>Whether nothing of severity error was found.</summary>
    public bool Succeeded => Diagnostics.All(diagnostic => diagnostic.Severity < PtxSeverity.Error);
}

/// <summary>A request that does not fit the file: the entry, an argument, a variable or the launch's sizes. The message is one line.</summary>
public sealed class PtxRunException(string message) : ArgumentException(message);

/// <summary>Runs kernels of PTX files on arrays of .npy files, so that anybody's kernels can be tested without a GPU.</summary>
public static class PtxRun
{
    /// <summary>Parses the file, places the arguments, launches, and writes the outputs, each as a whole file. They are written whatever was found,
    /// once the kernel has run; bytes that it never wrote are 0xFF.</summary>
    /// <exception cref="PtxRunException">The request does not fit the file.</exception>
    /// <exception cref="PtxException">A module variable cannot be placed.</exception>
    /// <exception cref="IOException">A file is missing, or cannot be read or written.</exception>
    /// <exception cref="FileFormatException">An array's file is damaged or foreign.</exception>
    public static PtxRunResult Execute(PtxRunRequest request)
    {
        var parsed = PtxSource.Parse(request.File);
        if (parsed.Module is not { } ptx)
            return new PtxRunResult(null, parsed.Diagnostics, null, 0, 0, []);
        var kernel = FindEntry(ptx, request);
        RequireFit(kernel, request.Arguments);

        using var memory = new EmulatedMemory(request.Options.Checks);
        using var module = new EmulatedModule(ptx, memory);
        foreach (var (name, file) in request.Globals)
            Fill(memory, module, name, file);
        var arrays = new List<PlacedArray>();
        var parameters = new byte[kernel.ParameterBytes];
        for (var i = 0; i < request.Arguments.Count; i++)
            Place(request.Arguments[i], i, memory, arrays, parameters.AsSpan((int)kernel.Parameters[i].Offset, (int)kernel.Parameters[i].Bytes));

        var results = new LaunchOutputs(memory);
        if (request.Options.Checks.HasFlag(EmulatorChecks.Outputs))
        {
            foreach (var array in arrays.Where(array => array.StartsEmpty))
                results.Expect(array.Name, array.Address, array.Bytes);
        }

        var launch = Launch(new PtxEmulator(memory, request.Options), module, kernel, request, parameters);
        IReadOnlyList<PtxDiagnostic> diagnostics = [.. parsed.Diagnostics, .. launch.Diagnostics, .. launch.Succeeded ? results.Check(ptx, kernel) : []];
        var counted = launch.Counters is { } counters ? CountedKernel.Of(kernel, counters) : null;
        return new PtxRunResult(ptx, diagnostics, counted, launch.Instructions, launch.Seconds, Write(memory, arrays));
    }

    private static PtxFunction FindEntry(PtxModule module, PtxRunRequest request)
    {
        if (module.Entry(request.Entry) is { } found)
            return found;
        var entries = module.Functions.Where(function => function.IsEntry).Select(function => function.Name).ToArray();
        throw new PtxRunException(entries.Length == 0
            ? $"--entry {request.Entry}: {request.File} has no kernel"
            : $"--entry {request.Entry}: {request.File} has no kernel of that name; it has {string.Join(", ", entries)}");
    }

    private static void RequireFit(PtxFunction kernel, IReadOnlyList<KernelArgument> arguments)
    {
        var parameters = kernel.Parameters;
        if (arguments.Count != parameters.Count)
        {
            var list = string.Join(", ", parameters.Select(parameter => $"{parameter.Name} ({parameter.Bytes} bytes)"));
            throw new PtxRunException(
                $"--arg is given {Number(arguments.Count, "time")}, and {kernel.Name} has {Number(parameters.Count, "parameter")}{(list.Length > 0 ? ": " + list : "")}");
        }

        for (var i = 0; i < arguments.Count; i++)
        {
            if (arguments[i].ParameterBytes != parameters[i].Bytes)
                throw new PtxRunException($"--arg number {i + 1} has {arguments[i].ParameterBytes} bytes, and the parameter {parameters[i].Name} of {kernel.Name} has {parameters[i].Bytes}");
        }
    }

    private static string Number(int count, string what) => $"{count} {what}{(count == 1 ? "" : "s")}";

    private static void Fill(EmulatedMemory memory, EmulatedModule module, string name, string file)
    {
        var variables = module.Module.Variables.Where(variable => variable.Space is StateSpace.Global or StateSpace.Const).ToArray();
        var variable = variables.FirstOrDefault(variable => variable.Name == name)
            ?? throw new PtxRunException(variables.Length == 0
                ? $"--global {name}: the module has no variables"
                : $"--global {name}: the module has no variable of that name; it has {string.Join(", ", variables.Select(variable => variable.Name))}");
        using var array = NpyFile.Open(file);
        var bytes = array.ReadBytes();
        if (bytes.LongLength != variable.Bytes)
            throw new PtxRunException($"--global {name}: {file} has {bytes.LongLength} bytes, and the variable has {variable.Bytes}");
        memory.Write(module.AddressOf(variable), bytes);
    }

    private static void Place(KernelArgument argument, int index, EmulatedMemory memory, List<PlacedArray> arrays, Span<byte> parameter)
    {
        if (argument is ValueArgument value)
        {
            value.Bytes.Span.CopyTo(parameter);
            return;
        }

        var array = argument switch
        {
            FileArgument file => PlacedArray.Of(file, index, memory),
            EmptyArgument empty => PlacedArray.Of(empty, index, memory),
            _ => throw new ArgumentException($"{argument.GetType().Name} is no argument", nameof(argument)),
        };
        arrays.Add(array);
        BinaryPrimitives.WriteUInt64LittleEndian(parameter, array.Address);
        if (parameter.Length > sizeof(ulong))
            BinaryPrimitives.WriteInt64LittleEndian(parameter[sizeof(ulong)..], array.Count);
    }

    private static LaunchResult Launch(PtxEmulator emulator, EmulatedModule module, PtxFunction kernel, PtxRunRequest request, byte[] parameters)
    {
        try
        {
            return emulator.Launch(module, kernel, request.Grid, request.Block, request.SharedBytes, parameters);
        }
        catch (ArgumentException e)
        {
            throw new PtxRunException(e.Message);
        }
    }

    private static List<string> Write(EmulatedMemory memory, List<PlacedArray> arrays)
    {
        var written = new List<string>();
        foreach (var array in arrays)
        {
            if (array.Output is not { } output)
                continue;
            var bytes = new byte[array.Bytes];
            memory.Read(array.Address, bytes);
            NpyFile.Write(output, array.Type, [.. array.Shape], bytes);
            written.Add(output);
        }

        return written;
    }

    /// <summary>An array in the emulated memory.</summary>
    private sealed record PlacedArray(string Name, ulong Address, TensorType Type, IReadOnlyList<long> Shape, long Count)
    {
        public string? Output { get; init; }

        public bool StartsEmpty { get; init; }

        public long Bytes => Count * Type.Bytes();

        public static PlacedArray Of(FileArgument argument, int index, EmulatedMemory memory)
        {
            using var file = NpyFile.Open(argument.File);
            var (name, bytes) = (NameOf(argument.File, index), file.ReadBytes());
            var address = memory.Allocate(Math.Max(1, bytes.Length), name);
            memory.Write(address, bytes);
            return new PlacedArray(name, address, file.Type, file.Shape, file.Count) { Output = argument.Output };
        }

        public static PlacedArray Of(EmptyArgument argument, int index, EmulatedMemory memory)
        {
            var name = NameOf(argument.Output, index);
            var address = memory.Allocate(Math.Max(1, argument.Count * argument.Type.Bytes()), name);
            return new PlacedArray(name, address, argument.Type, argument.Shape, argument.Count) { Output = argument.Output, StartsEmpty = true };
        }

        private static string NameOf(string file, int index) => $"argument {index + 1}, {Path.GetFileName(file)}";
    }
}
